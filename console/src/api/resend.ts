/** Sending again: who is left to choose from, and the request. */
import { queryOptions } from '@tanstack/react-query'
import type { ResendOptionsReply } from '../../../src/api/campaigns/resend-options-schemas.ts'
import type { Resent } from '../../../src/domain/campaign.ts'
import type { DeliveryCode } from '../../../src/domain/delivery-result.ts'
import type { CampaignMessage } from '../../../src/domain/message.ts'
import { ifMatchOf } from './campaign-actions.ts'
import type { Campaign } from './campaigns.ts'
import { call, get } from './client.ts'
import { keys } from './query-keys.ts'

export type ResendOptions = ResendOptionsReply
export type ResendChoice = ResendOptions['choices'][number]
export type ResendCode = ResendChoice['codes'][number]

const pathTo = (id: string) => `/v1/campaigns/${encodeURIComponent(id)}`

export const resendOptionsQuery = (id: string) =>
  queryOptions({
    queryKey: keys.resendOptions(id),
    queryFn: ({ signal }) => get<ResendOptions>(`${pathTo(id)}/resend-options`, undefined, signal),
  })

export interface ResendRequest {
  only: Resent
  codes?: DeliveryCode[]
  /** Left out: the message of the campaign. */
  message?: CampaignMessage
  /** Null: no end of sending. Left out: that of the campaign, which must be still to come. */
  notAfter?: string | null
  confirmAudience?: number
}

export function resendCampaign(campaign: Campaign, body: ResendRequest, key: string): Promise<Campaign> {
  return call<Campaign>('POST', `${pathTo(campaign.id)}/resend`, {
    body,
    ifMatch: ifMatchOf(campaign),
    idempotencyKey: key,
  })
}

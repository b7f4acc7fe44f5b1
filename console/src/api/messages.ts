/** The versions of a campaign's message, and correcting it. */
import { queryOptions } from '@tanstack/react-query'
import type { Static } from 'typebox'
import type { MessagesReply } from '../../../src/api/campaigns/campaign-schemas.ts'
import type { CampaignMessage } from '../../../src/domain/message.ts'
import type { Campaign } from './campaigns.ts'
import { callForResponse, get } from './client.ts'
import { keys } from './query-keys.ts'

export type MessageVersion = Static<typeof MessagesReply>['data'][number]

/** The ETag goes with the campaign that the user has seen. */
export interface SeenCampaign {
  campaign: Campaign
  etag: string | null
}

const pathTo = (id: string) => `/v1/campaigns/${encodeURIComponent(id)}`

/** `version`: the latest; a correction by somebody else is fetched as soon as the campaign has it. */
export const messagesQuery = (id: string, version: number) =>
  queryOptions({
    queryKey: keys.messages(id, version),
    queryFn: ({ signal }) => get<{ data: MessageVersion[] }>(`${pathTo(id)}/messages`, undefined, signal),
    staleTime: Number.POSITIVE_INFINITY,
  })

export async function readSeen(id: string): Promise<SeenCampaign> {
  const { body, etag } = await callForResponse<Campaign>('GET', pathTo(id))
  return { campaign: body, etag }
}

export async function correctMessage(
  id: string,
  message: CampaignMessage,
  etag: string | null,
): Promise<Campaign> {
  const { body } = await callForResponse<Campaign>('PATCH', pathTo(id), {
    body: { message },
    ...(etag !== null && { ifMatch: etag }),
  })
  return body
}

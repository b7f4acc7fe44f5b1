/** Why a campaign has to pause, and the sentence that says so. Pure. */
import type { PauseReason } from '../domain/campaign.ts'
import type { DeliveryCode } from '../domain/delivery-result.ts'

export interface Complaint {
  reason: PauseReason
  /** What has happened. */
  detail: string
  /** What to do, if `detail` does not say so. */
  advice?: string
  /** The code that it is about: what FCM said of it is quoted between the two. */
  code?: DeliveryCode
}

export function sentenceOf({ detail, advice }: Complaint, said: string | undefined): string {
  return [detail, said && `FCM said: “${said}”`, advice].filter(Boolean).join(' ')
}

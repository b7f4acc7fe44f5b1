/** Whether an advertisement can be sent as Korean members get it: with what is added, it is longer than what was typed. */
import { advertisingMessage } from './advertising-message.ts'
import { checkMessage } from './check-message.ts'
import type { GivenRules } from './check-send-rules.ts'
import { AppError } from './errors.ts'
import type { CampaignMessage } from './message.ts'

/** Throws as checkMessage. `message`: as it is stored. */
export function checkAdvertisement(
  message: CampaignMessage,
  { kind, advertiser }: Pick<GivenRules, 'kind' | 'advertiser'>,
): void {
  if (kind === 'service' || advertiser === null) return
  try {
    // Nothing fills in what the sender is called.
    checkMessage({ ...advertisingMessage(message, advertiser), placeholders: 'literal' })
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    const detail = `As Korean members get it, with "(광고)", the sender and the opt-out hint: ${error.message}`
    throw new AppError(error.code, detail, { fields: error.fields })
  }
}

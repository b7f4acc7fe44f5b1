/** The message that everybody sends: compiled by Carillon, so that all put the same bytes on the wire but for headers. */
import { compileMessage, type FcmMessage } from '../../src/push/fcm/fcm-message.ts'
import { pushMessage } from '../../src/push/push-message.ts'
import { tokenFor } from '../../testing/fake-fcm/token.ts'
import { MESSAGE } from '../campaign/run-campaign.ts'

export const BENCH_PROJECT = 'carillon-bench'
export const BENCH_SEED = 1

/** Any campaign's: the identifier has the same length for all. */
const CAMPAIGN = '01900000-0000-7000-8000-000000000000'

export function benchMessage(): FcmMessage {
  return compileMessage(pushMessage(MESSAGE, CAMPAIGN))
}

/** Tokens numbered 0 to `count - 1`, those the devices of the pipeline have. Flat strings, not slices of others. */
export function benchTokens(count: number): string[] {
  return Array.from({ length: count }, (_, index) =>
    Buffer.from(tokenFor(index, { seed: BENCH_SEED }), 'latin1').toString('latin1'),
  )
}

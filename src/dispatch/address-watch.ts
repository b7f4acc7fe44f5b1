/**
 * Detects that a list of addresses is worthless (truncated, of another service, of another column of the file): FCM calls them
 * invalid and accepts none. That is a fault of the list, which a person has to see before it has used up its audience.
 *
 * Judged by what the campaign has recorded, over all its batches and attempts and whichever dispatchers had them; asked for by
 * an attempt that has met nothing else. A campaign that FCM has accepted a message of is not judged: its list is right, and the
 * refused addresses are what they are called.
 */
import { DELIVERY_CODES, DELIVERY_STATES } from '../domain/delivery-result.ts'
import type { Result } from '../domain/outcome.ts'
import type { Pool } from '../postgres/pool.ts'
import type { Claim } from './batch-store.ts'
import type { Complaint } from './complaint.ts'

/**
 * Where half of the addresses are right, twenty wrong ones in a row are one chance in a million. A campaign to fewer devices
 * has simply failed: it is as quickly read as a reason to pause.
 */
export const CONVINCING = 20

export class AddressWatch {
  #invalid = 0
  #others = 0
  #hasAccepted = false

  add({ state, code }: Pick<Result, 'state' | 'code'>): void {
    if (state === 'sent') this.#hasAccepted = true
    else if (code === 'invalid_address') this.#invalid += 1
    else if (state !== 'skipped') this.#others += 1
  }

  /** Most answers of this attempt call the address invalid, and none accepts one: worth asking what the campaign has recorded. */
  get isSuspicious(): boolean {
    return !this.#hasAccepted && this.#invalid > this.#others
  }

  /** More of this attempt alone than are needed: its campaign is asked about before it has ended. */
  get isConvinced(): boolean {
    return this.isSuspicious && this.#invalid >= CONVINCING
  }

  get refused(): number {
    return this.#invalid
  }
}

/** `met`: how many this attempt has met, recorded or not. */
export async function judgeAddresses(
  pool: Pool,
  { campaignId }: Claim,
  met: number,
): Promise<Complaint | null> {
  const { rows } = await pool.query<{ refused: number | null }>({
    name: 'campaign-addresses',
    // Null: FCM has accepted a message. Mostly the first batch says so, and nothing is counted.
    text: `SELECT CASE WHEN NOT EXISTS (SELECT FROM batches WHERE campaign_id = $1 AND sent > 0)
             THEN (SELECT count(*)::int FROM deliveries WHERE campaign_id = $1 AND ${IS_REFUSED}) END AS refused`,
    values: [campaignId],
  })
  const recorded = rows[0]?.refused ?? null
  if (recorded === null) return null
  const refused = Math.max(recorded, met)
  if (refused < CONVINCING) return null
  return {
    reason: 'addresses_refused',
    detail: `FCM refused the addresses of ${refused} devices as invalid and has accepted none: the list itself seems to be wrong. The devices stay active.`,
    advice:
      'Cancel, check the source of the import (a wrong column, truncated addresses, another service), import the right addresses and send a new campaign. If these addresses are really bad, resume: the rest is sent to and it does not pause for this again.',
    code: 'invalid_address',
  }
}

/** As text: the partial index of `deliveries` has the code. */
const IS_REFUSED = `state = ${DELIVERY_STATES.failed.number} AND code = ${DELIVERY_CODES.invalid_address.number}`

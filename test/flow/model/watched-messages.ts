/**
 * What may not be sent from when on: to a member who has opted out, to a device that was deleted or has gone to a member
 * whom the campaign is not for, by a campaign that is paused or canceled. Looked at after each command.
 *
 * A batch that is in hand at that moment may have looked before: its messages may still leave for five seconds. All
 * others must look again before they send.
 */
import type { Pool } from '../../../src/postgres/pool.ts'

const CONSENT_AGE_MS = 5_000

interface Ban {
  why: string
  from: number
  to: number
}

export class WatchedMessages {
  readonly #pool: Pool
  readonly #bans = new Map<string, Ban[]>()
  #lookedAt = performance.now()

  constructor(pool: Pool) {
    this.#pool = pool
  }

  async look(): Promise<void> {
    const { rows } = await this.#pool.query<{
      campaignId: string
      deviceId: number
      isInHand: boolean
      why: string | null
    }>(LOOK)
    const now = performance.now()
    const banned = new Set<string>()
    for (const { campaignId, deviceId, isInHand, why } of rows) {
      if (why === null) continue
      const key = `${campaignId} ${deviceId}`
      banned.add(key)
      const bans = this.#bans.get(key) ?? []
      this.#bans.set(key, bans)
      let last = bans.at(-1)
      if (last === undefined || last.to !== Number.POSITIVE_INFINITY) {
        last = { why, from: now + CONSENT_AGE_MS, to: Number.POSITIVE_INFINITY }
        bans.push(last)
      }
      if (!isInHand) last.from = Math.min(last.from, now)
    }
    // What is allowed again was allowed at some moment since the last look.
    for (const [key, bans] of this.#bans) {
      const last = bans.at(-1)
      if (!banned.has(key) && last?.to === Number.POSITIVE_INFINITY) last.to = this.#lookedAt
    }
    this.#lookedAt = now
  }

  /** Why a message of this campaign to this device may not leave at this moment, or null. */
  reason(campaignId: string, deviceId: number, at: number): string | null {
    const bans = this.#bans.get(`${campaignId} ${deviceId}`) ?? []
    return bans.find(({ from, to }) => from < at && at < to)?.why ?? null
  }
}

const LOOK = `
SELECT c.id AS "campaignId", i.id AS "deviceId", b.state = 'sending' AS "isInHand",
  CASE WHEN c.state IN ('paused', 'canceled') THEN 'the campaign is ' || c.state
       WHEN d.id IS NULL THEN 'the device is deleted'
       WHEN m.opted_out_at IS NOT NULL THEN 'its member has opted out'
       WHEN c.audience ? 'externalIds' AND NOT c.audience -> 'externalIds' ? m.external_id
         THEN 'it belongs to a member whom the campaign is not for'
  END AS why
FROM campaigns c JOIN batches b ON b.campaign_id = c.id CROSS JOIN unnest(b.device_ids) AS i (id)
LEFT JOIN devices d ON d.id = i.id LEFT JOIN members m ON m.id = d.member_id
WHERE c.closed_at IS NULL OR c.state = 'canceled'`

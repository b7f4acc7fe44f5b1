/**
 * Held batches: only devices of a halted platform are left in them, and their `not_before` is infinity. The other
 * batches of the campaign continue. When only held batches are left, the campaign pauses and says what to fix.
 */
import { pauseAutomatically } from '../campaigns/pause-campaign.ts'
import type { Platform } from '../domain/campaign.ts'
import { CODE_NAMES, DELIVERY_CODES, type DeliveryCode, howToGoOn } from '../domain/delivery-result.ts'
import { addCounts } from '../postgres/delivery-counts.ts'
import type { Pool } from '../postgres/pool.ts'
import { readSamples } from '../results/sample-keeper.ts'

/**
 * Releases the held batches of a campaign without halted platforms: a resume has ended the halt. Called on every tick,
 * because a dispatcher may hold a batch at the moment of the resume.
 */
export async function releaseHeld(pool: Pool, campaignId: string): Promise<void> {
  await pool.query({
    name: 'maintenance-release-held',
    text: `UPDATE batches SET not_before = now()
           WHERE campaign_id = $1 AND state = 'planned' AND attempt > 0 AND not_before = 'infinity'
             AND EXISTS (SELECT FROM campaigns WHERE id = $1 AND halted_platforms = '{}')`,
    values: [campaignId],
  })
}

/** Call for a planned campaign without queued or sending batches. Returns true if this call paused it. */
export async function pauseWhenOnlyHeld(
  pool: Pool,
  campaignId: string,
  platforms: readonly Platform[],
): Promise<boolean> {
  const { rows } = await pool.query<{ waiting: number; others: number }>({
    name: 'maintenance-held',
    text: `SELECT count(*) FILTER (WHERE NOT (b.attempt > 0 AND b.not_before = 'infinity')) AS others,
             coalesce(sum(b.size - ${addCounts('b')}), 0)::int AS waiting
           FROM batches b WHERE b.campaign_id = $1 AND b.state IN ('planned', 'queued', 'sending')`,
    values: [campaignId],
  })
  const { waiting = 0, others = 0 } = rows[0] ?? {}
  if (others > 0 || waiting === 0) return false
  const detail = `${waiting} devices (${platforms.join(', ')}) are waiting; all other devices have a result. ${await whyRefused(pool, campaignId)}`
  return await pauseAutomatically(pool, campaignId, 'platform_refused', detail)
}

/** With what was said of each refusal that may halt a platform. */
async function whyRefused(pool: Pool, campaignId: string): Promise<string> {
  const samples = await readSamples(pool, campaignId)
  const met = HALTING.filter((code) => samples.has(code))
  const codes: DeliveryCode[] = met.length > 0 ? met : ['third_party_auth_error']
  return codes
    .map((code) => {
      const said = samples.get(code)
      return [DELIVERY_CODES[code].meaning, said && `FCM said: “${said}”`, howToGoOn(code)]
        .filter(Boolean)
        .join(' ')
    })
    .join(' ')
}

const HALTING = CODE_NAMES.filter((code) =>
  ['push_setup', 'push_device'].includes(DELIVERY_CODES[code].class),
)

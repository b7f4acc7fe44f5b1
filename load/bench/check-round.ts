/** A measured rate is valid only if every device got the message once, by FCM's count and by Carillon's. */
import { DELIVERY_STATES } from '../../src/domain/delivery-result.ts'
import type { Pool } from '../../src/postgres/pool.ts'
import type { RemoteFakeFcm } from '../../testing/fake-fcm/spawn-fake-fcm.ts'
import { BENCH_SEED } from './bench-message.ts'

export interface CheckedRound {
  missing: number
  duplicates: number
  firstToLastSeconds: number
  planSeconds: number
}

/** Throws when anything does not add up. */
export async function checkRound(
  pool: Pool,
  fcm: RemoteFakeFcm,
  campaignId: string,
  devices: number,
): Promise<CheckedRound> {
  const { missing } = await fcm.missing(devices, BENCH_SEED)
  const { duplicates, accepted, firstAcceptAt, lastAcceptAt } = await fcm.stats()
  const { rows } = await pool.query<{ sent: number; size: number; state: string; planSeconds: number }>(
    `SELECT c.state, c.audience_size AS size,
       extract(epoch FROM c.planned_at - c.started_at)::float8 AS "planSeconds",
       (SELECT count(*)::int FROM deliveries d WHERE d.campaign_id = $1 AND d.state = ${DELIVERY_STATES.sent.number}) AS sent
     FROM campaigns c WHERE c.id = $1`,
    [campaignId],
  )
  const { sent, size, state, planSeconds } = rows[0] ?? { sent: 0, size: 0, state: 'gone', planSeconds: 0 }
  const isSound = missing === 0 && duplicates === 0 && accepted === devices && sent === devices
  if (!isSound || size !== devices || state !== 'finished') {
    throw new Error(
      `a round does not add up: of ${devices} devices ${missing} are missing and ${duplicates} got the message twice; FCM accepted ${accepted}; the campaign is ${state}, its audience ${size}, its sent deliveries ${sent}`,
    )
  }
  const firstToLastSeconds = ((lastAcceptAt ?? 0) - (firstAcceptAt ?? 0)) / 1000
  return { missing, duplicates, firstToLastSeconds, planSeconds }
}

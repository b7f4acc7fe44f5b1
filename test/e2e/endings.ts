/** Campaigns that did not simply reach everybody: what they say of themselves must be true, on every panel. */
import type { Pool } from '../../src/postgres/pool.ts'
import { type CampaignColumns, createCampaign } from '../support/factories.ts'
import { batches, type Done } from './scenes.ts'

const MINUTE = 60_000

export interface Endings {
  allFailed: string
  manyFailed: string
  allSkipped: string
  allInDoubt: string
  nobody: string
  canceledAtOnce: string
  /** A resend to 2,790 devices that failed. */
  resent: string
  /** Limited to 45,000 a minute; its message has everything that can be unfolded. */
  limited: string
  /** Its results by device were deleted. */
  expired: string
}

const MESSAGE = {
  title: '오늘 저녁 8시, 선착순 할인',
  body: 'First come, first served: the doors open at eight.',
}

export async function makeEndings(pool: Pool): Promise<Endings> {
  const ago = (minutes: number) => new Date(Date.now() - minutes * MINUTE)
  const make = async (
    name: string,
    counts: Pick<Done, 'sent' | 'failed' | 'skipped' | 'inDoubt'>,
    count: number,
    more: CampaignColumns = {},
  ) => {
    const size = counts.sent + counts.failed + counts.skipped + counts.inDoubt
    const id = await createCampaign(pool, {
      name,
      message: MESSAGE,
      state: 'finished',
      audience_size: size * count,
      is_planned: true,
      started_at: ago(30),
      closed_at: ago(28),
      ...more,
    })
    if (count > 0) await batches(pool, id, { ...counts, size, count, from: ago(30), to: ago(28) })
    return id
  }
  const none = { sent: 0, failed: 0, skipped: 0, inDoubt: 0 }
  const allFailed = await make('All failed', { ...none, failed: 465 }, 6)
  const manyFailed = await make('Many failed', { ...none, sent: 400, failed: 100 }, 6)
  const allSkipped = await make('All skipped', { ...none, skipped: 500 }, 2)
  const allInDoubt = await make('All in doubt', { ...none, inDoubt: 500 }, 2)
  const nobody = await make('Nobody', none, 0)
  const canceledAtOnce = await make('Canceled at once', none, 0, { state: 'canceled', audience_size: 51_500 })
  await pool.query(
    `INSERT INTO batches (campaign_id, seq, through_id, device_ids, size, state, canceled)
     SELECT $1, n, 0, '{}', 500, 'canceled', 500 FROM generate_series(1, 103) n`,
    [canceledAtOnce],
  )
  const resent = await make('All failed', { ...none, failed: 465 }, 6, {
    resend_of: allFailed,
    resend_only: 'failed',
    chain_id: allFailed,
  })
  const limited = await make('Limited', { ...none, sent: 480, failed: 15, inDoubt: 5 }, 180, {
    rate_per_minute: 45_000,
    message: {
      ...MESSAGE,
      link: 'https://shop.example/doors',
      data: { scope: 'prices' },
      android: { priority: 'high' },
      webpush: { headers: { Urgency: 'high' } },
    },
  })
  // Its month was dropped.
  const expired = await make('Expired', { ...none, sent: 400, failed: 100 }, 6)
  await pool.query('DELETE FROM deliveries WHERE campaign_id = $1', [expired])
  await pool.query('UPDATE campaigns SET results_deleted_at = now() WHERE id = $1', [expired])
  return { allFailed, manyFailed, allSkipped, allInDoubt, nobody, canceledAtOnce, resent, limited, expired }
}

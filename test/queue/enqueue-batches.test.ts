import { describe, expect, test } from 'vitest'
import { enqueueBatches } from '../../src/queue/enqueue-batches.ts'
import type { BatchRef, JobQueue } from '../../src/queue/job-queue.ts'
import { PLACES } from '../../src/queue/places.ts'
import { createTestDatabase } from '../support/database.ts'
import { createBatches, createCampaign, createDevices } from '../support/factories.ts'

/** Only the queue's end is replaced: what is put on is what these tests are about. */
async function setup({ watermark = 4 } = {}) {
  const { pool } = await createTestDatabase()
  const put: BatchRef[] = []
  const queue = { addBatchJobs: async (refs: BatchRef[]) => void put.push(...refs) } as unknown as JobQueue
  const { deviceIds } = await createDevices(pool, 100)
  return { pool, deps: { pool, queue, watermark }, put, deviceIds }
}

describe('enqueueBatches', () => {
  test('puts on a watermark and no more, in sending order, until batches end', async () => {
    const { pool, deps, put, deviceIds } = await setup()
    const id = await createCampaign(pool, { state: 'sending' })
    await createBatches(pool, id, deviceIds, { size: 10 })

    expect(await enqueueBatches(deps, id)).toBe(4)
    expect(await enqueueBatches(deps, id)).toBe(0)
    expect(put.map((ref) => ref.seq).sort()).toEqual([0, 1, 2, 3])

    await pool.query(`UPDATE batches SET state = 'done' WHERE campaign_id = $1 AND seq < 3`, [id])
    expect(await enqueueBatches(deps, id)).toBe(3)
    expect(
      put
        .slice(4)
        .map((ref) => ref.seq)
        .sort(),
    ).toEqual([4, 5, 6])
  })

  test('holds the watermark when many enqueue at once', async () => {
    const { pool, deps, put, deviceIds } = await setup()
    const id = await createCampaign(pool, { state: 'sending' })
    await createBatches(pool, id, deviceIds, { size: 10 })
    await Promise.all(Array.from({ length: 8 }, () => enqueueBatches(deps, id)))
    expect(put).toHaveLength(4)
  })

  test('puts batches that are due again before fresh ones, and not those that are not due', async () => {
    const { pool, deps, put, deviceIds } = await setup({ watermark: 2 })
    const id = await createCampaign(pool, { state: 'sending' })
    await createBatches(pool, id, deviceIds, { size: 10 })
    await pool.query(
      `UPDATE batches SET attempt = 1, not_before = now() + (CASE seq WHEN 7 THEN -1 ELSE 60 END) * interval '1 s'
       WHERE campaign_id = $1 AND seq IN (0, 7)`,
      [id],
    )
    await enqueueBatches(deps, id)
    expect(put.map((ref) => ref.seq).sort()).toEqual([1, 7])
  })

  test('tells which batches a dispatcher had in hand, and not which were on the queue before', async () => {
    const { pool, deps, put, deviceIds } = await setup({ watermark: 2 })
    const id = await createCampaign(pool, { state: 'sending' })
    await createBatches(pool, id, deviceIds, { size: 10 })
    await pool.query(
      `UPDATE batches SET turn = 1, attempt = CASE seq WHEN 7 THEN 1 ELSE 0 END, not_before = now() WHERE campaign_id = $1`,
      [id],
    )
    await enqueueBatches(deps, id)
    expect(put.map(({ seq, turn, urgency }) => ({ seq, turn, urgency }))).toEqual(
      expect.arrayContaining([
        { seq: 7, turn: 2, urgency: 1 },
        { seq: 0, turn: 2, urgency: 0 },
      ]),
    )
  })

  test('gives leftovers half of the places while there is anything else, and all of them otherwise', async () => {
    const { pool, deps, put, deviceIds } = await setup({ watermark: 6 })
    const id = await createCampaign(pool, { state: 'sending' })
    await createBatches(pool, id, deviceIds, { size: 5 })
    // 0 to 9 are leftovers, due since long, 10 and 11 waited for their rate limit, the rest are fresh.
    await pool.query(
      `UPDATE batches SET attempt = 1, sent = CASE WHEN seq < 10 THEN 4 ELSE 0 END,
         not_before = now() - (CASE WHEN seq < 10 THEN 60 ELSE 5 END - seq / 10.0) * interval '1 s'
       WHERE campaign_id = $1 AND seq < 12`,
      [id],
    )
    await enqueueBatches(deps, id)
    const taken = () =>
      put
        .splice(0)
        .map(({ seq }) => seq)
        .sort((a, b) => a - b)
    expect(taken()).toEqual([0, 1, 2, 10, 11, 12])

    await pool.query(
      `UPDATE batches SET state = 'done' WHERE campaign_id = $1 AND (state = 'queued' OR seq > 12)`,
      [id],
    )
    await enqueueBatches(deps, id)
    expect(taken()).toEqual([3, 4, 5, 6, 7, 8])
  })

  test('lets a fresh batch through between leftovers where there is room for one at a time', async () => {
    const { pool, deps, put, deviceIds } = await setup({ watermark: 2 })
    const id = await createCampaign(pool, { state: 'sending' })
    await createBatches(pool, id, deviceIds, { size: 10 })
    await pool.query(
      `UPDATE batches SET attempt = 1, sent = 9, not_before = now() - interval '9 s' WHERE campaign_id = $1 AND seq < 8`,
      [id],
    )
    await enqueueBatches(deps, id)
    expect(put.map(({ seq }) => seq).sort()).toEqual([0, 8])
    await pool.query(`UPDATE batches SET state = 'done' WHERE campaign_id = $1 AND seq = 8`, [id])
    await enqueueBatches(deps, id)
    expect(put.at(-1)?.seq).toBe(9)
  })

  test('puts on what dispatchers had in hand, although others have its places', async () => {
    const { pool, deps, put, deviceIds } = await setup({ watermark: 4 })
    const id = await createCampaign(pool, { state: 'sending' })
    await createBatches(pool, id, deviceIds, { size: 10 })
    await enqueueBatches(deps, id)
    // 5 waits for its rate limit, a minute more; 6 did until now; the dispatcher of 7 has died.
    await pool.query(
      `UPDATE batches SET attempt = 1, sent = 4, precedence = CASE seq WHEN 7 THEN 2 ELSE 1 END,
         not_before = now() + CASE seq WHEN 5 THEN interval '1 min' ELSE '0' END
       WHERE campaign_id = $1 AND seq IN (5, 6, 7)`,
      [id],
    )
    expect(await enqueueBatches(deps, id)).toBe(2)
    const added = put.slice(4).map(({ seq, urgency }) => ({ seq, urgency }))
    expect(added.sort((a, b) => a.seq - b.seq)).toEqual([
      { seq: 6, urgency: 2 },
      { seq: 7, urgency: 3 },
    ])
    // The queue may lose it, and then it goes first again.
    const { rows } = await pool.query('SELECT seq, precedence FROM batches WHERE precedence > 0 ORDER BY seq')
    expect(rows).toEqual([
      { seq: 5, precedence: 1 },
      { seq: 6, precedence: 1 },
      { seq: 7, precedence: 2 },
    ])
  })

  test('what dispatchers had in hand takes places where there are any', async () => {
    const { pool, deps, put, deviceIds } = await setup({ watermark: 4 })
    const id = await createCampaign(pool, { state: 'sending' })
    await createBatches(pool, id, deviceIds, { size: 10 })
    await pool.query(
      `UPDATE batches SET attempt = 1, precedence = 2, not_before = now() WHERE campaign_id = $1 AND seq > 7`,
      [id],
    )
    expect(await enqueueBatches(deps, id)).toBe(4)
    expect(put.map(({ seq }) => seq)).toEqual(expect.arrayContaining([8, 9]))
  })

  test('what dispatchers had in hand takes no more than twice the places, the dead ones first', async () => {
    const { pool, deps, put, deviceIds } = await setup({ watermark: 4 })
    const id = await createCampaign(pool, { state: 'sending' })
    await createBatches(pool, id, deviceIds, { size: 5 })
    await pool.query(
      `UPDATE batches SET attempt = 1, precedence = CASE WHEN seq > 15 THEN 2 ELSE 1 END, not_before = now()
       WHERE campaign_id = $1`,
      [id],
    )
    expect(await enqueueBatches(deps, id)).toBe(8)
    expect(put.map(({ seq }) => seq)).toEqual(expect.arrayContaining([16, 17, 18, 19]))
    expect(await enqueueBatches(deps, id)).toBe(0)
  })

  test('names every turn anew, so that an old job cannot swallow a new one', async () => {
    const { pool, deps, put, deviceIds } = await setup({ watermark: 1 })
    const id = await createCampaign(pool, { state: 'sending' })
    await createBatches(pool, id, deviceIds.slice(0, 10), { size: 10 })
    await enqueueBatches(deps, id)
    await pool.query(
      `UPDATE batches SET state = 'planned', attempt = 1, not_before = now() WHERE campaign_id = $1`,
      [id],
    )
    await enqueueBatches(deps, id)
    expect(put.map(({ seq, turn }) => [seq, turn])).toEqual([
      [0, 1],
      [0, 2],
    ])
  })

  test.each(['draft', 'scheduled', 'paused', 'canceled', 'finished'] as const)(
    'does not enqueue a campaign that is %s',
    async (state) => {
      const { pool, deps, put, deviceIds } = await setup()
      const id = await createCampaign(pool, { state })
      await createBatches(pool, id, deviceIds, { size: 10 })
      expect(await enqueueBatches(deps, id)).toBe(0)
      expect(put).toEqual([])
    },
  )

  test('holds few batches of a campaign with a low rate, so that it does not occupy every dispatcher with waiting', async () => {
    const { pool, deps, deviceIds } = await setup({ watermark: 50 })
    const id = await createCampaign(pool, { state: 'sending', rate_per_minute: 600 })
    await createBatches(pool, id, deviceIds, { size: 2 })
    expect(await enqueueBatches(deps, id)).toBe(2)
  })

  test('gives equal campaigns places in turns: the later one at the place that the earlier one has come to', async () => {
    const { pool, deps, put, deviceIds } = await setup({ watermark: 4 })
    const [first, second] = [
      await createCampaign(pool, { state: 'sending' }),
      await createCampaign(pool, { state: 'sending' }),
    ]
    for (const id of [first, second]) await createBatches(pool, id, deviceIds, { size: 10 })
    await enqueueBatches(deps, first)
    await pool.query(`UPDATE batches SET state = 'done' WHERE campaign_id = $1 AND seq < 3`, [first])
    await enqueueBatches(deps, first)
    // Nobody is measured by one with a rate of its own, or by one that has nothing on the queue.
    const rated = await createCampaign(pool, { state: 'sending', rate_per_minute: 20 })
    await createBatches(pool, rated, deviceIds, { size: 10 })
    await enqueueBatches(deps, rated)
    await createCampaign(pool, { state: 'sending' })
    // It was further once, and has had nothing on the queue since.
    await pool.query('UPDATE campaigns SET next_place = 900 WHERE id = $1', [second])
    await enqueueBatches(deps, second)
    const placesOf = (id: string) =>
      put.filter(({ campaignId }) => campaignId === id).map(({ place = -1 }) => place)
    expect(placesOf(first)).toEqual([0, 1, 2, 3, 4, 5, 6])
    // Of the first, those from 3 on still wait.
    expect(placesOf(second)).toEqual([3, 4, 5, 6])
  })

  test('what was in hand goes before the fresh ones of its campaign; a campaign with its own rate needs no places', async () => {
    const { pool, deps, put, deviceIds } = await setup({ watermark: 4 })
    const [id, rated, urgent] = [
      await createCampaign(pool, { state: 'sending' }),
      await createCampaign(pool, { state: 'sending', rate_per_minute: 20 }),
      await createCampaign(pool, { state: 'sending', priority: 1 }),
    ]
    for (const one of [id, rated, urgent]) await createBatches(pool, one, deviceIds, { size: 10 })
    await pool.query('UPDATE campaigns SET next_place = 500 WHERE id = $1', [id])
    await pool.query(`UPDATE batches SET state = 'queued' WHERE campaign_id = $1 AND seq < 2`, [id])
    await pool.query(
      `UPDATE batches SET attempt = 1, precedence = 1, not_before = now() WHERE campaign_id = $1 AND seq = 9`,
      [id],
    )
    await enqueueBatches(deps, id)
    await enqueueBatches(deps, rated)
    await enqueueBatches(deps, urgent)
    expect(put.filter(({ campaignId }) => campaignId === id).map(({ seq, place }) => [seq, place])).toEqual([
      [9, 497],
      [2, 500],
    ])
    expect(put.filter(({ campaignId }) => campaignId === rated)).toEqual([
      { campaignId: rated, seq: 0, turn: 1, urgency: 0, isRated: true },
      { campaignId: rated, seq: 1, turn: 1, urgency: 0, isRated: true },
    ])
    // Another priority has places of its own.
    expect(put.find(({ campaignId }) => campaignId === urgent)).toMatchObject({ place: 0 })
    const { rows } = await pool.query('SELECT next_place FROM campaigns WHERE id = ANY($1) ORDER BY id', [
      [id, rated],
    ])
    expect(rows.map(({ next_place }) => next_place)).toEqual([501, 0])
  })

  test('a campaign whose batches stand a lap behind those of another begins anew, also with nothing to put on the queue', async () => {
    const { pool, deps, put, deviceIds } = await setup({ watermark: 4 })
    const [behind, ahead] = [
      await createCampaign(pool, { state: 'sending' }),
      await createCampaign(pool, { state: 'sending' }),
    ]
    for (const id of [behind, ahead]) {
      await createBatches(pool, id, deviceIds, { size: 10 })
      await enqueueBatches(deps, id)
    }
    put.length = 0
    await pool.query('UPDATE campaigns SET next_place = $2 WHERE id = $1', [behind, PLACES - 60_000])
    expect(await enqueueBatches(deps, behind)).toBe(4)
    expect(put.map(({ seq, turn, place }) => [seq, turn, place])).toEqual([0, 1, 2, 3].map((n) => [n, 2, n]))
    expect(await enqueueBatches(deps, behind)).toBe(0)
  })

  test('a campaign whose places have run out leaves the queue and begins anew, with all of its batches', async () => {
    const { pool, deps, put, deviceIds } = await setup({ watermark: 4 })
    const id = await createCampaign(pool, { state: 'sending' })
    await createBatches(pool, id, deviceIds, { size: 10 })
    await enqueueBatches(deps, id)
    await pool.query('UPDATE campaigns SET next_place = $2 WHERE id = $1', [id, PLACES])
    await pool.query(`UPDATE batches SET state = 'done' WHERE campaign_id = $1 AND seq = 0`, [id])
    expect(await enqueueBatches(deps, id)).toBe(4)
    expect(put.slice(4).map(({ seq, turn, place }) => [seq, turn, place])).toEqual([
      [1, 2, 0],
      [2, 2, 1],
      [3, 2, 2],
      [4, 2, 3],
    ])
    const { rows } = await pool.query(
      `SELECT count(*)::int AS n FROM batches WHERE campaign_id = $1 AND state = 'queued'`,
      [id],
    )
    expect(rows[0].n).toBe(4)
  })
})

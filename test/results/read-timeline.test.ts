import { describe, expect, test } from 'vitest'
import type { Pool } from '../../src/postgres/pool.ts'
import { MAX_BUCKETS, readTimeline } from '../../src/results/read-timeline.ts'
import { createTestDatabase } from '../support/database.ts'
import { type BatchColumns, createBatches, createCampaign, createDevices } from '../support/factories.ts'

const BEGIN = Date.parse('2026-11-21T09:00:00Z')
const at = (seconds: number) => new Date(BEGIN + seconds * 1000)

async function setup() {
  const { pool } = await createTestDatabase()
  const id = await createCampaign(pool, { state: 'sending', started_at: at(0) })
  /** One batch for each. */
  const add = async (...batches: BatchColumns[]) => {
    for (const batch of batches) {
      const { deviceIds } = await createDevices(pool, 1)
      await createBatches(pool, id, deviceIds, { state: 'done', attempt: 1, ...batch })
    }
  }
  return { pool, id, add }
}

const sentOf = async (pool: Pool, id: string) => {
  const { bucketSeconds, buckets } = await readTimeline(pool, id)
  return { bucketSeconds, from: buckets[0]?.at, sent: buckets.map(({ sent }) => sent) }
}

describe('a timeline', () => {
  test('is empty before the first result', async () => {
    const { pool, id, add } = await setup()
    await add({ state: 'planned', attempt: 0 }, { state: 'sending' })
    expect(await readTimeline(pool, id)).toEqual({ asOf: expect.any(Date), bucketSeconds: 1, buckets: [] })
  })

  test('spreads the results of a batch evenly between its first and its last', async () => {
    const { pool, id, add } = await setup()
    await add({ sent: 400, first_result_at: at(0.5), last_result_at: at(4.5) })
    expect(await sentOf(pool, id)).toEqual({ bucketSeconds: 1, from: at(0), sent: [50, 100, 100, 100, 50] })
  })

  test('adds up batches, and leaves a gap where nothing was sent', async () => {
    const { pool, id, add } = await setup()
    await add(
      { sent: 100, first_result_at: at(1.2), last_result_at: at(1.2) },
      { sent: 100, first_result_at: at(1), last_result_at: at(1.9) },
      { sent: 500, first_result_at: at(5.25), last_result_at: at(5.75) },
    )
    expect((await sentOf(pool, id)).sent).toEqual([200, 0, 0, 0, 500])
  })

  test('shows nothing while a batch waited: for the retry of one device, or in a pause', async () => {
    const { pool, id, add } = await setup()
    const earlier = [
      { from: at(0.1), to: at(0.9), sent: 300, failed: 0, skipped: 0, in_doubt: 0 },
      { from: at(3), to: at(3.5), sent: 499, failed: 0, skipped: 0, in_doubt: 0 },
    ]
    await add({
      sent: 499,
      failed: 1,
      first_result_at: at(0.1),
      last_result_at: at(8),
      earlier_results: JSON.stringify(earlier),
      again_at: at(8),
    })
    expect((await sentOf(pool, id)).sent).toEqual([300, 0, 0, 199, 0, 0, 0, 0, 0])
    const { buckets } = await readTimeline(pool, id)
    expect(buckets.at(-1)).toMatchObject({ sent: 0, failed: 1 })
  })

  test('loses nothing to rounding, of any result', async () => {
    const { pool, id, add } = await setup()
    const columns = { sent: 7, failed: 5, skipped: 3, in_doubt: 1 }
    for (let n = 0; n < 20; n += 1) {
      await add({ ...columns, first_result_at: at(n * 1.37), last_result_at: at(n * 1.37 + 7.77) })
    }
    const { buckets } = await readTimeline(pool, id)
    for (const [result, each] of [
      ['sent', 7],
      ['failed', 5],
      ['skipped', 3],
      ['inDoubt', 1],
    ] as const) {
      expect(buckets.reduce((sum, bucket) => sum + bucket[result], 0)).toBe(20 * each)
      expect(buckets.every((bucket) => Number.isInteger(bucket[result]) && bucket[result] >= 0)).toBe(true)
    }
  })

  test.each([
    [239, 1],
    [240, 2],
    [3_600, 30],
    [86_400, 600],
    [90 * 86_400, 43_200],
    [3 * 365 * 86_400, 604_800],
  ])('of %i seconds has at most 240 buckets of a round length: %i s', async (seconds, bucketSeconds) => {
    const { pool, id, add } = await setup()
    await add({ sent: 1, first_result_at: at(0), last_result_at: at(0) })
    await add({ sent: 1, first_result_at: at(seconds), last_result_at: at(seconds) })
    const timeline = await readTimeline(pool, id)
    expect(timeline.bucketSeconds).toBe(bucketSeconds)
    expect(timeline.buckets.length).toBeLessThanOrEqual(MAX_BUCKETS)
    expect((timeline.buckets[0]?.at.getTime() ?? 1) % (bucketSeconds * 1000)).toBe(0)
    expect(timeline.buckets.at(-1)?.sent).toBe(1)
  })
})

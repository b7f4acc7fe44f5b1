/** What the plot and the rate say of a campaign in which every message fails: they count answers, at the time of the answer. */
import { expect, test } from 'vitest'
import { readCampaign } from '../../src/campaigns/read-campaigns.ts'
import { readTimeline } from '../../src/results/read-timeline.ts'
import { Carillon } from '../support/carillon.ts'
import { queueBackends } from '../support/queues.ts'
import { until } from '../support/until.ts'

const [backend] = queueBackends()
if (backend === undefined) throw new Error('no queue')

const PER_SECOND = 30
/** What a dispatcher may catch up when it was late: a second's worth. */
const MOST = 2 * PER_SECOND

test('where every message fails, no second of the plot has more than the rate limit lets through, nor has the rate', async () => {
  const carillon = await Carillon.start(backend, { devices: 150, dead: 150 })
  const id = await carillon.send({ rate_per_minute: PER_SECOND * 60, judges_addresses: false })
  const rates: number[] = []
  await until(
    async () => {
      const { closedAt, progress } = await readCampaign(carillon.pool, id)
      if (progress.failed > 0) rates.push(progress.ratePerSecond ?? 0)
      return closedAt !== null
    },
    { what: 'the campaign is closed', timeoutMs: 30_000 },
  )
  const { bucketSeconds, buckets } = await readTimeline(carillon.pool, id)
  const failed = buckets.map((bucket) => bucket.failed)
  expect(bucketSeconds).toBe(1)
  expect(failed.reduce((sum, count) => sum + count, 0)).toBe(150)
  expect(Math.max(...failed)).toBeLessThanOrEqual(MOST)
  expect(failed.filter((count) => count > 0).length).toBeGreaterThanOrEqual(150 / MOST + 1)
  expect(Math.max(...rates)).toBeGreaterThan(0)
  expect(Math.max(...rates)).toBeLessThanOrEqual(MOST)
})

import { expect, test } from 'vitest'
import { MEASURED, scaleOf } from '../../load/bench/scale.ts'

test('twice the devices in the same time take twice as much of everything that grows', () => {
  const once = scaleOf(MEASURED)
  const twice = scaleOf({ ...MEASURED, devices: MEASURED.devices * 2 })
  for (const name of ['rate', 'inFlight', 'commitsPerSecond', 'postgresCores', 'walMbPerSecond'] as const) {
    expect(twice[name] / once[name], name).toBeCloseTo(2)
  }
})

test('ten million in a minute, with round figures', () => {
  const scale = scaleOf({
    ...MEASURED,
    dispatcherUs: 30,
    utilisation: 0.5,
    fcmLatencyMs: 120,
    postgresUs: 12,
    recordChunk: 500,
  })
  expect(scale).toMatchObject({ dispatchers: 10, projects: 17, sessions: 200, databaseConnections: 100 })
  expect(scale.inFlight).toBeCloseTo(20_000)
  expect(scale.postgresCores).toBeCloseTo(2)
  // 333.3 batches a second: claim, rate limit, one chunk, end, and a quarter of an enqueue.
  expect(scale.commitsPerSecond).toBeCloseTo(333.33 * 4.25, 0)
})

test('the rate_limits row is the first limit when commits are slow', () => {
  const { limits, rate } = scaleOf({ ...MEASURED, commitMs: 5, quotaPerMinute: 100_000_000 })
  const short = Object.keys(limits).filter((what) => (limits[what] ?? 0) < rate)
  expect(short.at(-1)).toContain('the watermark')
  expect(short).toContainEqual(expect.stringContaining('the rate_limits row'))
})

import { expect, test } from 'vitest'
import { MEASURED, scaleOf, scaleText } from '../../load/bench/scale.ts'

test('twice the devices in the same time take twice of everything that grows', () => {
  const once = scaleOf(MEASURED)
  const twice = scaleOf({ ...MEASURED, devices: MEASURED.devices * 2 })
  for (const name of ['rate', 'inFlight', 'commitsPerSecond', 'postgresCores', 'walMbPerSecond'] as const) {
    expect(twice[name] / once[name], name).toBeCloseTo(2)
  }
})

test('ten million in a minute, with round figures', () => {
  const scale = scaleOf({
    ...MEASURED,
    'dispatcher-us': 30,
    utilisation: 0.5,
    'fcm-latency-ms': 120,
    'postgres-us': 12,
    'record-chunk': 500,
  })
  expect(scale).toMatchObject({ dispatchers: 10, projects: 17, sessions: 200, databaseConnections: 100 })
  expect(scale.inFlight).toBeCloseTo(20_000)
  expect(scale.postgresCores).toBeCloseTo(2)
  // 333.3 batches a second: claim, rateLimit, one chunk, end, and a quarter of a enqueue.
  expect(scale.commitsPerSecond).toBeCloseTo(333.33 * 4.25, 0)
})

test('the rate_limits row gives out first when commits are slow', () => {
  const { limits, rate } = scaleOf({ ...MEASURED, 'commit-ms': 5, 'quota-per-minute': 100_000_000 })
  const short = limits.filter((limit) => limit.rate < rate).map(({ what }) => what)
  expect(short.at(-1)).toContain('the watermark')
  expect(short).toContainEqual(expect.stringContaining('the rate_limits row'))
  expect(scaleText(MEASURED)).toContain('10,000,000 devices in 60 s')
})

import { expect, test } from 'vitest'
import { adaptive, adaptiveFiguresOf } from '../../load/bench/adaptive.ts'
import { seriesSvg } from '../../load/report/series-svg.ts'

const found = (seconds: number, limit: number, limitedBy: string) => ({
  seconds,
  limit,
  limitedBy,
  at: 0,
  inFlight: limit,
  latencyMs: 176,
  batches: 4,
  slots: 4,
})

test('each phase has its rate, its lowest limit, and the time to come back where nothing is in the way', () => {
  const begun = [
    { name: 'fast', seconds: 0, isUsual: true },
    { name: 'slow', seconds: 20 },
    { name: 'fast again', seconds: 40, isUsual: true },
  ]
  // 1,000 a second, 100 while it is slow and 4 s longer, then 1,000 again.
  let total = 0
  const accepted = Array.from({ length: 601 }, (_, n) => {
    const seconds = n / 10
    const sample = { seconds, total }
    total += seconds >= 20 && seconds < 44 ? 10 : 100
    return sample
  })
  const samples = Array.from({ length: 600 }, (_, n) => {
    const isSlow = n >= 200 && n < 400
    return found(n / 10, isSlow ? 50 + (n % 3) : 400, isSlow ? 'fcm_latency' : 'cpu')
  })
  const [fast, slow, again] = adaptiveFiguresOf(begun, accepted, samples)
  expect(fast).toMatchObject({ rate: 1_000, limit: 400, latencyMs: 176, limitedBy: 'cpu' })
  expect(fast?.backSeconds).toBeLessThan(1.2)
  expect(slow).toMatchObject({ rate: 100, lowestLimit: 50, backSeconds: null, limitedBy: 'fcm_latency' })
  expect(again?.rate).toBe(1_000)
  expect(again?.backSeconds).toBeGreaterThan(4.5)
  expect(again?.backSeconds).toBeLessThan(5.3)
})

test('the plot has every line, mark and label, and what it quotes is text', () => {
  const svg = seriesSvg({
    title: 'Rate & limit',
    xLabel: 'seconds',
    marks: [{ at: 5, label: 'a <slow> FCM' }],
    panels: [
      {
        title: 'in flight',
        series: [
          {
            label: 'limit',
            points: [
              { x: 0, y: 0 },
              { x: 10, y: 300 },
            ],
          },
          {
            label: 'used',
            points: [
              { x: 0, y: 0 },
              { x: 10, y: 150 },
            ],
          },
        ],
      },
    ],
  })
  expect(svg).toContain('Rate &amp; limit')
  expect(svg).toContain('1  from 5 s: a &lt;slow> FCM')
  // From the lower left to the upper right corner, and to half of the height.
  expect(svg.match(/<path d="M70\.0 232\.0L940\.0 (\d+\.\d)" fill="none"/g)).toHaveLength(2)
  expect(svg).toContain('L940.0 82.0"')
  expect(svg).toContain('L940.0 157.0"')
  expect(svg).not.toMatch(/NaN|undefined|Infinity/)
})

test.each([
  [['--report', 'plot.html'], '--report is "plot.html"; expected a file name ending in .svg'],
  [['--phase-seconds', '1'], '--phase-seconds is "1"'],
])('%j is refused', (args, message) => {
  expect(() => adaptive.parse(args)).toThrow(message)
})

import { expect, test } from 'vitest'
import { CampaignRecord } from '../../load/campaign/run-campaign.ts'
import { ProcessSeries } from '../../load/figures/process-series.ts'
import { loadTableOf } from '../../load/report/load-table.ts'
import { pageOf } from '../../load/report/page.ts'
import { ticksOf } from '../../load/report/plane.ts'
import { type Outcome, reportOf } from '../../load/report/report.ts'
import { Durations } from '../../src/process/durations.ts'

const setup = (changes: Partial<Outcome> = {}) => {
  const record = new CampaignRecord()
  for (const second of [1, 2, 3, 4]) record.answered.add(second, second * 2_345)
  const dispatcher = new ProcessSeries()
  for (const second of [0, 30, 60, 90]) {
    dispatcher.add(second, { rssMb: 100 + second / 10, peakRssMb: 131.25, cpuSeconds: second / 10 })
  }
  const fcmCalls = new Durations()
  for (let call = 0; call < 1000; call++) fcmCalls.record(40 + call / 20)
  const outcome: Outcome = {
    isPartial: false,
    audience: 10_000,
    counts: { sent: 9_380, failed: 617, skipped: 3, inDoubt: 0, canceled: 0 },
    failedByCode: { unregistered: 614, invalid_argument: 3 },
    skippedByCode: { opted_out: 3 },
    missing: 0,
    duplicates: 0,
    closingInvariant: true,
    planSeconds: 0.71,
    sendSeconds: 4.32,
    firstToLastSeconds: 4.2,
    rejectedLines: 0,
    problems: [],
    ...changes,
  }
  const report = reportOf(outcome, {
    importSeconds: 0,
    record,
    processes: new Map([['dispatcher 1', dispatcher]]),
    fcmCalls: fcmCalls.counts,
    recordings: {},
    queuePeak: 64,
    bytesPerDelivery: 137.4,
    fcmAnswers: { 200: 9_380, 404: 614, 503: 12 },
    backend: 'postgresql',
    versions: { node: '24' },
    machine: 'a machine',
  })
  const run = { report, memory: new Map([['dispatcher 1', dispatcher.points]]), fcmCalls: fcmCalls.counts }
  const conditions = [['machine', '2 × <fast> & "cheap"']] as const
  const options = { command: 'npm run load -- --dead 0.06', at: new Date('2026-07-01T12:00:00Z'), conditions }
  return { report, conditions, page: pageOf([run], options), pageOfTwo: pageOf([run, run], options) }
}

test('figures come from what was measured', () => {
  const { report } = setup()
  expect(report).toMatchObject({
    ratePerSecond: 2380,
    medianRatePerSecond: 2345,
    ratesPerSecond: [2345, 2345, 2345, 2345],
    peakRssMb: 131.25,
    recordMs: null,
  })
  // Nine seconds on a core for 9,997 messages; 100 kB a second.
  expect(report.processes['dispatcher 1']).toEqual({
    cpuSeconds: 9,
    cpuSecondsPerMillion: 900.27,
    peakRssMb: 131.25,
    rssSlopeMbPerMinute: 6,
  })
  expect(report.fcmCallMs?.p50).toBeGreaterThan(63)
  expect(report.fcmCallMs?.p50).toBeLessThan(67)
})

test('the page says every figure, and its plots have what was measured', () => {
  const { page } = setup()
  const text = page.replace(/<style>.*<\/style>/s, '').replace(/<[^>]+>/g, '\n')
  for (const figure of [
    ...['10,000', '9,380', '617', '2,380/s', '2,345/s', '4.3 s', '0.7 s', '137.4', '900.3 s', '131.3 MB'],
    ...['+6.00 MB/min', 'failed: unregistered', '614', 'skipped: opted_out', '503: 12', 'median 2,345/s'],
    ...['npm run load -- --dead 0.06', '2026-07-01 12:00 UTC', 'Nothing is missing'],
  ]) {
    expect(text, figure).toContain(figure)
  }
  expect(page.match(/<svg /g)).toHaveLength(3)
  expect(page.match(/<polyline/g)).toHaveLength(2)
  expect(page.match(/<rect class="bar"/g)?.length).toBeGreaterThan(8)
})

test('the page loads nothing, and what it quotes is text', () => {
  const { page } = setup()
  expect(page).not.toMatch(/https?:|<script|<link|<img|<iframe|\bsrc=|\bhref=|url\(|@import/i)
  expect(page).toContain("default-src 'none'")
  expect(page).toContain('2 × &lt;fast&gt; &amp; &quot;cheap&quot;')
})

test('several runs have a column and a section each', () => {
  const { pageOfTwo } = setup()
  expect(pageOfTwo.match(/<h2>/g)).toHaveLength(2)
  expect(pageOfTwo.match(/<svg /g)).toHaveLength(6)
})

test('what does not add up, and what is only a part, is said first', () => {
  const wrong = setup({ problems: ['3 devices are missing'], missing: 3, closingInvariant: false })
  expect(wrong.page).toContain('Does not add up: 3 devices are missing.')
  expect(wrong.page).not.toContain('Nothing is missing')
  expect(loadTableOf([wrong.report], wrong.conditions)).toMatch(
    /closing invariant +BROKEN[\s\S]*DOES NOT ADD UP: 3 dev/,
  )
  const partial = setup({ isPartial: true, missing: null, closingInvariant: null, sendSeconds: null })
  expect(partial.page).toContain('Stopped before its end')
  expect(partial.page).not.toContain('Nothing is missing')
  expect(loadTableOf([partial.report], [])).toMatch(/missing +–[\s\S]*closing invariant +–[\s\S]*PARTIAL/)
})

test('a problem of an unfinished run is said as well', () => {
  const { page } = setup({ isPartial: true, problems: ['the dispatcher died'] })
  expect(page).toContain('the dispatcher died')
})

test.each([
  [0, 4, Math.floor, [0]],
  [10, 5, Math.floor, [0, 2, 4, 6, 8, 10]],
  [9_456, 4, Math.ceil, [0, 5_000, 10_000]],
  [0.3, 3, Math.ceil, [0, 0.1, 0.2, 0.3]],
  [193, 4, Math.ceil, [0, 50, 100, 150, 200]],
])('round numbers up to %d, in %d steps', (max, count, round, expected) => {
  expect(ticksOf(max, count, round)).toEqual(expected)
})

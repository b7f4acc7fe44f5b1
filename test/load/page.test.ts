import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { ProcessSeries } from '../../load/figures/processes.ts'
import { PerSecond } from '../../load/figures/statistics.ts'
import { pageOf } from '../../load/report/page.ts'
import { type Outcome, runOf } from '../../load/report/report.ts'
import { textOf } from '../../load/report/table.ts'
import { Durations } from '../../src/process/durations.ts'

const setup = (changes: Partial<Outcome> = {}) => {
  const answered = new PerSecond()
  for (const second of [1, 2, 3, 4]) answered.add(second, second * 2_345)
  const dispatcher = new ProcessSeries()
  for (const second of [0, 30, 60, 90]) {
    dispatcher.add(second, { rssMb: 100 + second / 10, peakRssMb: 131.25, cpuSeconds: second / 10 })
  }
  const fcmCalls = new Durations()
  for (let call = 0; call < 1000; call++) fcmCalls.record(40 + call / 20)
  const outcome: Outcome = {
    isPartial: false,
    audience: 10_000,
    ...{ sent: 9_380, failed: 617, skipped: 3, inDoubt: 0, canceled: 0 },
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
  const run = runOf(outcome, {
    importSeconds: 0,
    answered,
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
  const conditions = [['machine', '2 × <fast> & "cheap"']] as const
  const options = { command: 'npm run load -- --dead 0.06', at: new Date('2026-07-01T12:00:00Z'), conditions }
  return {
    report: run.report,
    conditions,
    page: pageOf([run], options),
    pageOfTwo: pageOf([run, run], options),
  }
}

interface Plot {
  series: { label: string; points: [x: number[], y: number[]] }[]
  marks: { at: number; label: string }[]
}

const plotsOf = (page: string): Plot[] =>
  JSON.parse(/<script type="application\/json" id="plots">(.*?)<\/script>/s.exec(page)?.[1] ?? '')

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
  const text = page.replace(/<(style|script).*?<\/\1>/gs, '').replace(/<[^>]+>/g, '\n')
  for (const figure of [
    ...['10,000', '9,380', '617', '2,380/s', '2,345/s', '4.3 s', '0.7 s', '137.4', '900.3 s', '131.3 MB'],
    ...['+6.00 MB/min', 'failed: unregistered', '614', 'skipped: opted_out', 'FCM answered 503'],
    ...['npm run load -- --dead 0.06', '2026-07-01 12:00 UTC', 'Nothing is missing'],
  ]) {
    expect(text, figure).toContain(figure)
  }
  expect(page.match(/class="plot"/g)).toHaveLength(3)
  const [rate, memory, calls] = plotsOf(page)
  expect(rate?.series[0]?.points).toEqual([[0.5, 1.5, 2.5, 3.5], Array(4).fill(2345)])
  expect(rate?.marks).toEqual([{ at: 2345, label: 'median 2,345/s' }])
  expect(memory?.series).toEqual([
    {
      label: 'dispatcher 1',
      points: [
        [0, 30, 60, 90],
        [100, 103, 106, 109],
      ],
    },
  ])
  expect(calls?.series[0]?.points[1].length).toBeGreaterThan(8)
  expect(calls?.series[0]?.points[1].reduce((sum, count) => sum + count)).toBe(1000)
  expect(calls?.marks.map(({ label }) => label.split(' ')[0])).toEqual(['p50', 'p95', 'p99'])
})

test('the page loads nothing, runs only its own script, and what it quotes is text', () => {
  const { page } = setup()
  const [, script = ''] = /<script>(.*)<\/script>/s.exec(page) ?? []
  const hash = createHash('sha256').update(script).digest('base64')
  expect(page).toContain(
    `content="default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${hash}'"`,
  )
  const rest = page.replace(script, '')
  expect(rest).not.toMatch(/https?:|<link|<img|<iframe|\bsrc=|\bhref=|url\(|@import/i)
  expect(rest.match(/<script/g)).toHaveLength(2)
  expect(rest).toContain('2 × &lt;fast&gt; &amp; &quot;cheap&quot;')
})

test('several runs have a column and a section each', () => {
  const { pageOfTwo } = setup()
  expect(pageOfTwo.match(/<h2>/g)).toHaveLength(2)
  expect(pageOfTwo.match(/class="plot"/g)).toHaveLength(6)
  expect(plotsOf(pageOfTwo)).toHaveLength(6)
})

test('failed checks and partial runs are said first', () => {
  const wrong = setup({ problems: ['3 devices are missing'], missing: 3, closingInvariant: false })
  expect(wrong.page).toContain('Checks failed: 3 devices are missing.')
  expect(wrong.page).not.toContain('Nothing is missing')
  expect(textOf([wrong.report], wrong.conditions)).toMatch(
    /closing invariant +BROKEN[\s\S]*CHECK FAILED: 3 dev/,
  )
  const partial = setup({ isPartial: true, missing: null, closingInvariant: null, sendSeconds: null })
  expect(partial.page).toContain('Stopped before its end')
  expect(partial.page).not.toContain('Nothing is missing')
  expect(textOf([partial.report], [])).toMatch(/missing +–[\s\S]*closing invariant +–[\s\S]*PARTIAL/)
})

test('a problem of a partial run is said as well', () => {
  const { page } = setup({ isPartial: true, problems: ['the dispatcher died'] })
  expect(page).toContain('the dispatcher died')
})

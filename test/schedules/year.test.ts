/**
 * A simulated year: schedules in zones with every kind of clock, processes that die, come back late, or look twice at once. The
 * clock is injected. What should have run is worked out in another way than the product does it: by looking at the clock on
 * the wall, with Intl, and not with Temporal.
 *
 * YEAR_SEEDS=1000 for more of them.
 */
import { expect, test } from 'vitest'
import type { ScheduleRule, ScheduleTimes } from '../../src/domain/schedule-rule.ts'
import { type FoundRun, findRuns, nextRuns } from '../../src/schedules/find-runs.ts'
import { outcomesOf } from '../../src/schedules/make-runs.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const AHEAD = 11 * MINUTE

/** A zone, and the start of a year that is interesting there. */
const PLACES = [
  ['Asia/Seoul', '2026-01-01'],
  ['Europe/Berlin', '2026-01-01'],
  ['America/New_York', '2026-01-01'],
  ['America/St_Johns', '2026-01-01'],
  ['Australia/Lord_Howe', '2026-01-01'],
  ['Pacific/Apia', '2011-06-01'],
  ['Pacific/Kiritimati', '2026-01-01'],
  ['Etc/GMT+12', '2026-01-01'],
  ['America/Santiago', '2026-01-01'],
  ['Asia/Beirut', '2026-01-01'],
  ['Africa/Casablanca', '2026-01-01'],
  ['Asia/Kathmandu', '2026-01-01'],
  ['Pacific/Chatham', '2026-01-01'],
  ['America/Nuuk', '2023-09-01'],
] as const
const SEEDS = Number(process.env.YEAR_SEEDS ?? PLACES.length)

type Find = typeof findRuns

interface Trace {
  /** What became of each run, and when that was decided. */
  runs: Map<number, string>
  /** When its message left. */
  started: Map<number, number>
  problems: string[]
}

test('every run that was due is decided once, never starts early, and is the one that the wall shows', () => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const { times, start } = scheduleOf(seed)
    const trace = liveThrough(seed, times, start, findRuns)
    expect(trace.problems, `seed ${seed}: ${JSON.stringify(times)}`).toEqual([])
    expect(wrongIn(trace, times, start), `seed ${seed}: ${JSON.stringify(times)}`).toEqual([])
    const again = liveThrough(seed, times, start, findRuns)
    expect([[...again.runs], [...again.started]]).toEqual([[...trace.runs], [...trace.started]])
  }
}, 900_000)

test.each<[string, Find]>([
  ['the second of two', (...given) => shifted(findRuns(...given), 'first_of_two', HOUR)],
  ['without the gap', (...given) => shifted(findRuns(...given), 'moved', -HOUR)],
  [
    'the first of a page forgotten',
    (...given) => findRuns(...given).slice(given[1].getTime() % 7 === 0 ? 1 : 0),
  ],
  [
    'one at the edge twice',
    (times, after, through) => findRuns(times, new Date(after.getTime() - 15 * MINUTE), through),
  ],
])(
  'a fault is found: %s',
  (_what, broken) => {
    const found: string[] = []
    for (let seed = 1; seed <= 40 && found.length === 0; seed++) {
      const { times, start } = scheduleOf(seed)
      const trace = liveThrough(seed, times, start, broken)
      found.push(...trace.problems, ...wrongIn(trace, times, start))
    }
    expect(found).not.toEqual([])
  },
  300_000,
)

function shifted(runs: FoundRun[], kind: FoundRun['kind'], ms: number): FoundRun[] {
  return runs.map((run) => (run.kind === kind ? { ...run, at: new Date(run.at.getTime() + ms) } : run))
}

/** mulberry32: the same numbers for the same seed. */
function randomOf(seed: number) {
  let state = seed * 0x9e3779b1
  const next = () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  return { next, below: (count: number) => Math.floor(next() * count) }
}

function scheduleOf(seed: number): { times: ScheduleTimes; start: Date } {
  const { below, next } = randomOf(seed)
  const [timezone, from] = PLACES[seed % PLACES.length] as (typeof PLACES)[number]
  const two = (n: number) => String(n).padStart(2, '0')
  // Half of them in the hours in which clocks are changed.
  const at = `${two(next() < 0.5 ? below(4) : below(24))}:${two(below(4) * 15)}`
  const rules: ScheduleRule[] = [
    { every: 'day', at },
    { every: 'week', on: ['sat', 'sun'], at },
    { every: 'month', day: 29 + below(3), at },
    { cron: `${Number(at.slice(3))} ${Number(at.slice(0, 2))},${(Number(at.slice(0, 2)) + 1) % 24} * * *` },
  ]
  const rule = rules[below(rules.length)] as ScheduleRule
  return {
    times: { rule, timezone, startsOn: null, endsOn: null, skipDates: [] },
    start: new Date(`${from}T00:00Z`),
  }
}

/** Looks at random times, as a process does that is killed now and then, or away for days; sometimes two look at once. */
function liveThrough(seed: number, times: ScheduleTimes, start: Date, find: Find): Trace {
  const { next } = randomOf(seed + 1_000_000)
  const trace: Trace = { runs: new Map(), started: new Map(), problems: [] }
  let decidedThrough = start
  let nextAt = nextRuns(times, start, 1)[0]?.at ?? null
  const waiting = new Set<number>()
  const end = start.getTime() + 365 * DAY
  for (let now = start.getTime(); now < end; ) {
    // What has been read before the crash is as old as it was.
    const stale = decidedThrough
    for (let looks = next() < 0.1 ? 2 : 1; looks > 0; looks--) {
      // The lock of the row: the second look sees what the first has decided. A crash before the commit leaves nothing behind.
      if (next() < 0.1) continue
      const through = new Date(now + AHEAD)
      if (nextAt === null || nextAt > through) continue
      const runs = find(times, decidedThrough, through)
      for (const { at, outcome } of outcomesOf(runs, new Date(now))) {
        const run = at.getTime()
        if (trace.runs.has(run)) trace.problems.push(`${at.toISOString()} is decided twice`)
        trace.runs.set(run, outcome)
        if (outcome === 'made') waiting.add(run)
      }
      decidedThrough = through
      nextAt = nextRuns(times, through, 1)[0]?.at ?? null
    }
    if (decidedThrough < stale) trace.problems.push('decided backwards')
    for (const run of waiting) {
      if (run > now) continue
      waiting.delete(run)
      trace.started.set(run, now)
    }
    const away = next()
    now += away < 0.02 ? next() * 9 * DAY : away < 0.2 ? next() * 5 * HOUR : next() * 30 * MINUTE
  }
  return trace
}

/** Compares with what the wall says. */
function wrongIn(trace: Trace, times: ScheduleTimes, start: Date): string[] {
  const wrong: string[] = []
  const due = new Set(wallRuns(times, start))
  const last = Math.max(...trace.runs.keys())
  for (const at of due) {
    if (at <= last && !trace.runs.has(at)) wrong.push(`${new Date(at).toISOString()} was forgotten`)
  }
  for (const [at, outcome] of trace.runs) {
    if (outcome !== 'no_such_day' && !due.has(at)) wrong.push(`${new Date(at).toISOString()} is no run`)
  }
  for (const [at, started] of trace.started) {
    if (started < at) wrong.push(`${new Date(at).toISOString()} started early`)
  }
  // Of several that were late at once, the latest is made up for and no other.
  for (const [at, outcome] of trace.runs) {
    const later = [...trace.runs].some(([other, what]) => other > at && what === 'made')
    if (outcome === 'missed' && !later) wrong.push(`${new Date(at).toISOString()} was missed for nothing`)
  }
  return wrong
}

/** The instants of the year at which the wall first shows a time of the rule; in a gap, as late as the clock was put forward. */
function wallRuns({ rule, timezone }: ScheduleTimes, start: Date): number[] {
  const wall = wallReader(timezone)
  const offsetAt = (at: number) => wall(at) - at
  const runs: number[] = []
  const first = new Date(start.getTime() - 2 * DAY).toISOString().slice(0, 10)
  for (let day = Date.parse(first); day < start.getTime() + 367 * DAY; day += DAY) {
    for (const minutes of minutesOn(rule, new Date(day))) {
      const target = day + minutes * MINUTE
      const shown = [offsetAt(target - 26 * HOUR), offsetAt(target), offsetAt(target + 26 * HOUR)]
        .map((offset) => target - offset)
        .filter((at) => wall(at) === target)
      if (shown.length > 0) {
        runs.push(Math.min(...shown))
        continue
      }
      const before = offsetAt(target - 26 * HOUR)
      const gap = offsetAt(target + 26 * HOUR) - before
      if (gap < 23 * HOUR) runs.push(target - before)
    }
  }
  return runs.filter((at) => at > start.getTime())
}

function minutesOn(rule: ScheduleRule, date: Date): number[] {
  const minuteOf = (text: string) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3))
  if ('cron' in rule) {
    const [minute, hours] = rule.cron.split(' ')
    return (hours ?? '').split(',').map((hour) => Number(hour) * 60 + Number(minute))
  }
  const isLast = new Date(date.getTime() + DAY).getUTCDate() === 1
  const isOn =
    rule.every === 'day' ||
    (rule.every === 'week' && [0, 6].includes(date.getUTCDay())) ||
    (rule.every === 'month' &&
      (date.getUTCDate() === rule.day || (isLast && date.getUTCDate() < Number(rule.day))))
  return isOn ? [minuteOf(rule.at)] : []
}

function wallReader(timeZone: string): (at: number) => number {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
  })
  return (at) => {
    const parts = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]))
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0 } = parts
    return Date.UTC(year, month - 1, day, hour, minute)
  }
}

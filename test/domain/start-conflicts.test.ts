import { describe, expect, test } from 'vitest'
import type { Audience } from '../../src/domain/campaign.ts'
import { CapClock, type CapRule, parseCaps } from '../../src/domain/caps.ts'
import { conflictsOf, type Start, startList } from '../../src/domain/start-conflicts.ts'

const at = (clock: string, day = '2026-12-01') => new Date(`${day}T${clock}Z`)
const clockOf = (time: Date | null) => time?.toISOString().slice(11, 16) ?? null

function start(id: string, clock: string, more: Partial<Start> = {}): Start {
  const audience: Audience = { all: true }
  const caps = { kind: 'service', ignoresCaps: false, countsTowardCaps: true } as const
  const one: Start = {
    ...{ id, what: 'campaign', name: id, at: at(clock), localAt: null, projectId: 1, audience },
    ...caps,
  }
  return { ...one, ...more }
}

/** "others 1": whom it meets. "busy 10:00". Then the time that is suggested. */
function judged(one: Start, ...others: Start[]): (string | null)[] {
  const { conflicts, suggestedAt } = conflictsOf(one, startList([one, ...others]))
  const said = conflicts.map((conflict) =>
    conflict.kind === 'round_time'
      ? `busy ${clockOf(conflict.mark)}`
      : `${conflict.kind === 'cap' ? 'cap ' : ''}${conflict.with.map(({ id }) => id).join(' ')} ${conflict.count}`,
  )
  return [...said, clockOf(suggestedAt)]
}

describe('another start within a quarter of an hour', () => {
  test('is one before and after, up to 15 minutes, whatever the clock shows', () => {
    expect(judged(start('a', '10:05'), start('b', '10:19'))).toEqual(['b 1', '10:35'])
    expect(judged(start('b', '10:20'), start('a', '10:05'))).toEqual([null])
    expect(judged(start('b', '10:19:59'), start('a', '10:05'))).toEqual(['a 1', '10:20'])
    expect(judged(start('a', '10:05'), start('b', '10:20'))).toEqual([null])
    // Minutes of two quarters of the clock.
    expect(judged(start('a', '10:12'), start('b', '10:18'))).toEqual(['b 1', '10:35'])
  })

  test('is none of another project, and none for other people', () => {
    expect(judged(start('a', '10:05'), start('b', '10:05', { projectId: 2 }))).toEqual([null])
    const ios = { audience: { filter: { platforms: ['ios'] } } satisfies Audience }
    const android = { audience: { filter: { platforms: ['android'] } } satisfies Audience }
    expect(judged(start('a', '10:05', ios), start('b', '10:06', android))).toEqual([null])
    expect(judged(start('a', '10:05', ios), start('b', '10:06'))).toEqual(['b 1', '10:21'])
  })

  test('is not itself, also where it stood before it was moved; another run of its schedule is', () => {
    expect(judged(start('a', '10:05'), start('a', '10:08'))).toEqual([null])
    const run = (clock: string) => start('s', clock, { what: 'run' })
    expect(judged(run('10:05'), run('10:05'))).toEqual([null])
    expect(judged(run('10:05'), run('10:12'))).toEqual(['s 1', '10:27'])
    expect(judged(run('10:05'), start('s', '10:05'))).toEqual(['s 1', '10:20'])
  })

  test('names the three that are nearest, and counts all', () => {
    const others = ['10:10', '10:06', '10:00', '10:14'].map((clock) => start(clock, clock))
    expect(judged(start('a', '10:07'), ...others)).toEqual(['10:06 10:10 10:00 4', '10:35'])
  })
})

describe('a time at which everybody sends', () => {
  test('is told with a quiet one behind it', () => {
    expect(judged(start('a', '20:00'))).toEqual(['busy 20:00', '20:05'])
    expect(judged(start('a', '19:59'))).toEqual(['busy 20:00', '20:05'])
    expect(judged(start('a', '20:03'))).toEqual([null])
  })

  test('is left for one that is quiet and free', () => {
    expect(judged(start('a', '20:00'), start('b', '20:05'))).toEqual(['b 1', 'busy 20:00', '20:20'])
    // Between two that are half an hour apart there is no room.
    expect(judged(start('a', '20:00'), start('b', '20:15'), start('c', '20:40'))).toEqual([
      'busy 20:00',
      '20:55',
    ])
  })

  test('is left for a quiet one only, if the next two hours are full', () => {
    const every = Array.from({ length: 20 }, (_, n) =>
      start('s', '20:00', { what: 'run', at: new Date(at('20:00').getTime() + n * 15 * 60_000) }),
    )
    expect(judged(start('a', '20:00'), ...every)).toEqual(['s 1', 'busy 20:00', '20:05'])
    expect(judged(start('a', '20:07'), ...every)).toEqual(['s s 2', null])
  })
})

describe('at local times', () => {
  const local = (id: string, wall: string, clock: string): Start =>
    start(id, clock, { localAt: `2026-12-01T${wall}` })

  test('two are compared on the wall, whatever their default zones', () => {
    expect(judged(local('a', '20:05', '11:05'), local('b', '20:10', '04:10'))).toEqual(['b 1', '11:25'])
    expect(judged(local('a', '20:05', '11:05'), local('b', '22:05', '11:05'))).toEqual([null])
  })

  test('with another it is compared at its time in its default zone', () => {
    expect(judged(local('a', '20:05', '11:05'), start('b', '11:10'))).toEqual(['b 1', '11:25'])
    expect(judged(start('b', '11:10'), local('a', '20:05', '11:05'))).toEqual(['a 1', '11:20'])
    expect(judged(local('a', '20:00', '11:00'))).toEqual(['busy 11:00', '11:05'])
  })
})

test('ten thousand starts in one minute are judged in no time that anybody notices', () => {
  const many = Array.from({ length: 10_000 }, (_, n) =>
    start(`c${n}`, '10:05', {
      audience: { externalIds: Array.from({ length: 10 }, (_e, m) => `${n} ${m}`) },
    }),
  )
  const list = startList(many)
  const found = many.slice(0, 500).map((one) => conflictsOf(one, list).conflicts.length)
  expect(Math.max(...found)).toBe(0)
  const all = startList(many.map((one) => ({ ...one, audience: null })))
  const { conflicts } = conflictsOf(many[0] as Start, all)
  expect(conflicts[0]).toMatchObject({ kind: 'same_quarter', count: 100 })
  expect(conflicts[0]).toHaveProperty('with.length', 3)
})

describe('a cap that everybody has reached by then', () => {
  const capped = (caps: string, one: Start, ...others: Start[]) => {
    const rules = parseCaps(caps) as CapRule[]
    const { conflicts, suggestedAt } = conflictsOf(
      one,
      startList([one, ...others], new CapClock(rules, 'Asia/Seoul')),
    )
    return conflicts.flatMap((conflict) =>
      conflict.kind === 'cap'
        ? [`${conflict.window}:${conflict.limit} ${conflict.with.map(({ id }) => id)}`, suggestedAt]
        : [],
    )
  }
  const evening = start('c', '20:07')

  test('is used up by as many as it allows, in its window; the latest is named first', () => {
    const others = [start('a', '08:07'), start('b', '12:07')]
    expect(capped('rolling_24h:2', evening, ...others)).toEqual(['rolling_24h:2 b,a', null])
    expect(capped('rolling_24h:3', evening, ...others)).toEqual([])
    expect(capped('rolling_12h:2', evening, ...others)).toEqual([])
    expect(capped('rolling_24h:3,rolling_9h:1', evening, ...others)).toEqual(['rolling_9h:1 b', null])
    // The whole window, half-open.
    expect(capped('rolling_8h:1', evening, start('b', '12:07'))).toEqual([])
    expect(capped('rolling_8h:1', evening, start('b', '12:07:00.001'))).toEqual(['rolling_8h:1 b', null])
  })

  test('is not used up by what comes later, and at one moment by either', () => {
    expect(capped('rolling_24h:1', evening, start('d', '20:08'))).toEqual([])
    expect(capped('rolling_24h:1', evening, start('d', '20:07'))).toEqual(['rolling_24h:1 d', null])
  })

  test('of a day is that of the calendar in the default zone', () => {
    // In Seoul midnight is at 15:00Z.
    expect(capped('day:1', evening, start('b', '14:59'))).toEqual([])
    expect(capped('day:1', evening, start('b', '15:00'))).toEqual(['day:1 b', null])
    // 2026-12-01 is a Tuesday: its week began in Seoul on Sunday at 15:00Z.
    const sunday = (clock: string) => start('b', clock, { at: at(clock, '2026-11-29') })
    expect(capped('week:1', evening, sunday('14:59'))).toEqual([])
    expect(capped('week:1', evening, sunday('15:00'))).toEqual(['week:1 b', null])
  })

  test('counts only what goes to everybody of the audience, and counts', () => {
    const by = (more: Partial<Start>, one = evening) =>
      capped('rolling_24h:1', one, start('b', '12:07', more)).length > 0
    const of = (audience: Audience) => ({ audience })
    const ios = of({ filter: { platforms: ['ios'] } })
    expect(by({})).toBe(true)
    expect(by(ios)).toBe(false)
    expect(by({}, start('c', '20:07', ios))).toBe(true)
    expect(by(ios, start('c', '20:07', ios))).toBe(true)
    expect(by({ countsTowardCaps: false })).toBe(false)
    expect(by({}, start('c', '20:07', { ignoresCaps: true }))).toBe(false)
    expect(by({ projectId: 2 })).toBe(false)
    expect(by({ kind: 'advertising' })).toBe(false)
    expect(by({ kind: 'advertising' }, start('c', '20:07', { kind: 'advertising' }))).toBe(true)
    expect(by({ audience: null })).toBe(false)
    expect(by(of({ externalIds: ['m1'] }), start('c', '20:07', of({ externalIds: ['m1'] })))).toBe(false)
  })

  test('is found behind ten thousand campaigns to single members', () => {
    const single = Array.from({ length: 10_000 }, (_, n) =>
      start(`s${n}`, '13:00', { audience: { externalIds: ['m1'] } }),
    )
    expect(capped('rolling_24h:1', evening, start('b', '12:07'), ...single)).toEqual([
      'rolling_24h:1 b',
      null,
    ])
  })
})

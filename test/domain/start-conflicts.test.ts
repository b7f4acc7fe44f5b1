import { describe, expect, test } from 'vitest'
import type { Audience } from '../../src/domain/campaign.ts'
import { conflictsOf, type Start, startList } from '../../src/domain/start-conflicts.ts'

const at = (clock: string, day = '2026-12-01') => new Date(`${day}T${clock}Z`)
const clockOf = (time: Date | null) => time?.toISOString().slice(11, 16) ?? null

function start(id: string, clock: string, more: Partial<Start> = {}): Start {
  const audience: Audience = { all: true }
  return { id, what: 'campaign', name: id, at: at(clock), localAt: null, projectId: 1, audience, ...more }
}

/** "others 1": whom it meets. "busy 10:00". Then the time that is suggested. */
function judged(one: Start, ...others: Start[]): (string | null)[] {
  const { conflicts, suggestedAt } = conflictsOf(one, startList([one, ...others]))
  const said = conflicts.map((conflict) =>
    conflict.kind === 'round_time'
      ? `busy ${clockOf(conflict.mark)}`
      : `${conflict.with.map(({ id }) => id).join(' ')} ${conflict.count}`,
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

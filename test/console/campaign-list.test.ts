import { describe, expect, test } from 'vitest'
import type { Campaign } from '../../console/src/api/campaigns.ts'
import { unseenOf } from '../../console/src/api/notices.ts'
import { ApiProblem } from '../../console/src/api/problem.ts'
import { forEach } from '../../console/src/pages/campaigns/bulk.ts'
import {
  filterOf,
  isFiltered,
  readListSearch,
  withChange,
} from '../../console/src/pages/campaigns/list-search.ts'
import { hasFigures, timeOf } from '../../console/src/pages/campaigns/row-figures.ts'
import { allOf, NOTHING, toggled } from '../../console/src/pages/campaigns/selection.ts'

describe('the address of the list', () => {
  test('what is valid is used, and the rest ignored', () => {
    expect(
      readListSearch({
        state: 'sending',
        search: 2026,
        sort: '-failed',
        archived: true,
        from: '2026-11-01',
        to: 'yesterday',
        tag: '',
        author: '01900000-0000-7000-8000-000000000000',
        project: 2,
        other: 'x',
      }),
    ).toEqual({
      state: 'sending',
      search: '2026',
      sort: '-failed',
      archived: 'true',
      from: '2026-11-01',
      author: '01900000-0000-7000-8000-000000000000',
      project: '2',
    })
    expect(filterOf(readListSearch({ project: '2' }))).toEqual({ project: 2 })
    expect(readListSearch({ project: 'shop' })).toEqual({})
    // What the API would refuse: an author that is no id, days that no calendar has, a search that is too long.
    expect(readListSearch({ author: 'bob', from: '2026-02-31', to: '9999-12-31' })).toEqual({})
    expect(readListSearch({ search: 'x'.repeat(300) }).search).toHaveLength(200)
    expect(readListSearch({ project: -1 })).toEqual({})
    expect(readListSearch({ state: 'gone', sort: 'color', archived: 'perhaps', from: '2026-13-45' })).toEqual(
      {},
    )
  })

  test('both days are in the list, and begin where the reader is', () => {
    const { from, to } = filterOf({ from: '2026-03-29', to: '2026-03-29' })
    expect(new Date(from ?? '').toString()).toContain('Mar 29 2026 00:00:00')
    expect(new Date(to ?? '').toString()).toContain('Mar 29 2026 23:59:59')
    expect(filterOf({ search: 'a' })).toEqual({ search: 'a' })
  })

  test('what is emptied leaves the address', () => {
    expect(withChange({ state: 'draft', search: 'a' }, { state: '' })).toEqual({ search: 'a' })
    expect(isFiltered({ sort: 'name' })).toBe(false)
    expect(isFiltered({ sort: 'name', archived: 'any' })).toBe(true)
  })
})

describe('the selection', () => {
  const rows = ['a', 'b', 'c', 'd', 'e']

  test('shift takes the rows from the last one on, in both directions, and gives them back', () => {
    const one = toggled(NOTHING, 'd', rows, false)
    const four = toggled(one, 'a', rows, true)
    expect([...four.ids].sort()).toEqual(['a', 'b', 'c', 'd'])
    expect([...toggled(four, 'c', rows, true).ids]).toEqual(['d'])
  })

  test('shift takes one row if the last one is not in the list any more', () => {
    expect([...toggled({ ids: new Set(), anchor: 'gone' }, 'c', rows, true).ids]).toEqual(['c'])
    expect(allOf(rows).ids.size).toBe(5)
  })
})

test('many campaigns are changed one after the other, and what was not is counted by its reason', async () => {
  const campaigns = ['done', '412', '409', '404', '500', 'broken', 'done too'].map(
    (id) => ({ id }) as unknown as Campaign,
  )
  let running = 0
  let most = 0
  const said: number[] = []
  const result = await forEach(
    campaigns,
    async ({ id }) => {
      running += 1
      most = Math.max(most, running)
      await Promise.resolve()
      running -= 1
      if (id === 'broken') throw new TypeError('a bug')
      if (/^\d+$/.test(id)) throw new ApiProblem({ status: Number(id), code: 'x' })
    },
    (done) => said.push(done),
  )
  expect(result.done.map(({ id }) => id)).toEqual(['done', 'done too'])
  expect(result).toMatchObject({ changed: 1, unfit: 2, failed: 2 })
  expect(most).toBe(1)
  expect(said).toEqual([1, 2, 3, 4, 5, 6, 7])
})

describe('a row', () => {
  const times = { createdAt: 'created', updatedAt: 'updated', scheduledAt: 'scheduled', startedAt: 'started' }

  test('says the time that a person looks for', () => {
    expect(timeOf(times)).toBe('started')
    expect(timeOf({ ...times, startedAt: null })).toBe('scheduled')
    expect(timeOf({ ...times, startedAt: null, scheduledAt: null })).toBe('created')
  })

  test('has no zeros before anything was planned', () => {
    const progress = { audience: 0 } as Campaign['progress']
    expect(hasFigures({ state: 'draft', progress })).toBe(false)
    expect(hasFigures({ state: 'scheduled', progress })).toBe(false)
    expect(hasFigures({ state: 'scheduled', progress: { ...progress, audience: 5 } })).toBe(true)
    expect(hasFigures({ state: 'finished', progress })).toBe(true)
  })
})

test('notices are new until this browser has shown them, however their times are written', () => {
  const notices = ['2026-11-30T10:00:00.500Z', '2026-11-30T10:00:00Z', '2026-11-29T10:00:00Z'].map(
    (at) => ({ at }) as Parameters<typeof unseenOf>[0][number],
  )
  expect(unseenOf(notices, null)).toBe(3)
  expect(unseenOf(notices, '2026-11-30T10:00:00.000Z')).toBe(1)
  expect(unseenOf(notices, notices[0]?.at ?? null)).toBe(0)
})

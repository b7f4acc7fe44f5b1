import { randomUUIDv7 } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { CAMPAIGN_SORTS } from '../../../src/domain/campaign-list.ts'
import { type CampaignColumns, createCampaign, totalsOf } from '../../support/factories.ts'
import { startApp, type TestApp } from '../start-app.ts'

const at = (text: string) => new Date(`2026-11-${text}Z`)

const closed = (sent: number, failed: number): CampaignColumns => ({
  state: 'finished',
  closed_at: at('20T00:00:00'),
  totals: totalsOf({ sent, failed }),
})

async function namesOf(api: TestApp, query: string): Promise<string[]> {
  const { status, json } = await api.call('GET', `/v1/campaigns?${query}`)
  expect(status, JSON.stringify(json)).toBe(200)
  return json.data.map(({ name }: { name: string }) => name)
}

async function allNames(api: TestApp, query: string, limit: number): Promise<string[]> {
  const names: string[] = []
  for (let cursor = ''; ; ) {
    const { json } = await api.call('GET', `/v1/campaigns?${query}&limit=${limit}${cursor}`)
    names.push(...json.data.map(({ name }: { name: string }) => name))
    if (json.nextCursor === null) return names
    cursor = `&cursor=${json.nextCursor}`
  }
}

describe('sorted', () => {
  const BY: Record<string, string[]> = {
    newest: ['zeta', 'Beta', 'draft', 'alpha', '가나', 'same'],
    name: ['alpha', 'Beta', 'draft', 'same', 'zeta', '가나'],
    time: ['alpha', '가나', 'zeta', 'Beta', 'draft', 'same'],
    // The draft has no figures. Of two that are equal, the newer one is first.
    sent: ['zeta', 'Beta', '가나', 'alpha', 'same', 'draft'],
    failed: ['alpha', 'Beta', '가나', 'zeta', 'same', 'draft'],
    audience: ['zeta', 'Beta', '가나', 'alpha', 'same', 'draft'],
  }

  async function setup() {
    const api = await startApp()
    const { pool } = api
    await createCampaign(pool, { name: 'same', ...closed(1, 0), created_at: at('01T00:00:00.000001') })
    await createCampaign(pool, { name: '가나', ...closed(5, 5), started_at: at('10T00:00:00') })
    await createCampaign(pool, { name: 'alpha', ...closed(2, 7), started_at: at('11T00:00:00') })
    await createCampaign(pool, { name: 'draft', scheduled_at: at('02T00:00:00') })
    await createCampaign(pool, { name: 'Beta', ...closed(5, 5), started_at: at('03T00:00:00') })
    await createCampaign(pool, { name: 'zeta', ...closed(10, 3), started_at: at('04T00:00:00') })
    return api
  }

  test('by everything, in both directions, on pages of any size', async () => {
    const api = await setup()
    for (const sort of CAMPAIGN_SORTS) {
      const isTurned = sort.startsWith('-') || sort === 'oldest'
      const first = BY[sort === 'oldest' ? 'newest' : sort.replace('-', '')] ?? []
      const expected = isTurned ? first.toReversed() : first
      for (const limit of [1, 2, 4, 50]) {
        expect(await allNames(api, `sort=${sort}`, limit), `${sort}, ${limit} a page`).toEqual(expected)
      }
    }
    expect(await namesOf(api, '')).toEqual(BY.newest)
  })

  test('by a time to the microsecond: campaigns of one millisecond are on their pages once each', async () => {
    const api = await startApp()
    for (let n = 0; n < 5; n += 1) await createCampaign(api.pool, { name: `c${n}`, state: 'draft' })
    await api.pool.query(
      `UPDATE campaigns SET created_at = '2026-11-01T00:00:00.123Z'::timestamptz
         + substr(name, 2)::int * interval '1 microsecond'`,
    )
    expect(await allNames(api, 'sort=time', 1)).toEqual(['c4', 'c3', 'c2', 'c1', 'c0'])
  })

  test('what is created, closed or deleted between two pages makes nothing appear twice or be left out', async () => {
    const api = await setup()
    const { json: bySent } = await api.call('GET', '/v1/campaigns?sort=sent&limit=3')
    const { json: byName } = await api.call('GET', '/v1/campaigns?sort=name&limit=3')
    await createCampaign(api.pool, { name: 'a new one', ...closed(7, 0) })
    // The last one of the first page by name.
    await api.pool.query(`UPDATE campaigns SET deleted_at = now() WHERE name = 'draft'`)
    const rest = async (sort: string, { nextCursor }: { nextCursor: string }) =>
      await namesOf(api, `sort=${sort}&limit=3&cursor=${nextCursor}`)
    expect(await rest('sent', bySent)).toEqual(['alpha', 'same'])
    expect(await rest('name', byName)).toEqual(['same', 'zeta', '가나'])
  })

  test('a cursor of another sort, another filter, or one that was made up is refused', async () => {
    const api = await setup()
    const { json } = await api.call('GET', '/v1/campaigns?sort=sent&limit=1')
    for (const query of ['sort=failed', '', 'sort=sent&tag=x', 'sort=sent&archived=any', 'sort=-sent']) {
      const refused = await api.call('GET', `/v1/campaigns?${query}&cursor=${json.nextCursor}`)
      expect(refused.json, query).toMatchObject({ status: 400, code: 'invalid_cursor' })
    }
    const { list } = JSON.parse(Buffer.from(json.nextCursor, 'base64url').toString())
    for (const key of ['x', '1e9', null, '99999999999999999999']) {
      const forged = Buffer.from(JSON.stringify({ v: 2, list, at: { id: randomUUIDv7(), key } }))
      const refused = await api.call(
        'GET',
        `/v1/campaigns?sort=sent&limit=1&cursor=${forged.toString('base64url')}`,
      )
      expect(refused.json, String(key)).toMatchObject({ status: 400, code: 'invalid_cursor' })
    }
  })
})

describe('filtered', () => {
  test('by author, tag, project and time; counts and list agree', async () => {
    const api = await startApp()
    const { pool } = api
    const author = randomUUIDv7()
    await pool.query(`INSERT INTO projects (id, name) VALUES (2, 'shop')`)
    await createCampaign(pool, {
      name: 'mine',
      created_by: author,
      state: 'draft',
      created_at: at('01T00:00:00'),
    })
    await createCampaign(pool, {
      name: 'tagged',
      tags: ['봄', 'sale'],
      ...closed(1, 0),
      started_at: at('02T00:00:00'),
    })
    await createCampaign(pool, {
      name: 'shop',
      project_id: 2,
      state: 'paused',
      started_at: at('03T00:00:00'),
    })
    await createCampaign(pool, { name: 'gone', state: 'draft', deleted_at: new Date() })
    await createCampaign(pool, {
      name: 'old',
      ...closed(1, 0),
      archived_at: new Date(),
      created_at: at('01T12:00:00'),
    })
    for (const [query, names] of [
      ['', ['shop', 'tagged', 'mine']],
      [`author=${author}`, ['mine']],
      [`tag=${encodeURIComponent('봄')}`, ['tagged']],
      ['tag=sal', []],
      ['project=2', ['shop']],
      ['from=2026-11-02T00:00:00Z', ['shop', 'tagged']],
      ['to=2026-11-02T00:00:00Z', ['mine']],
      ['from=2026-11-02T09:00:00%2B09:00&to=2026-11-03T00:00:00Z', ['tagged']],
      ['archived=true', ['old']],
      ['archived=any', ['old', 'shop', 'tagged', 'mine']],
      ['archived=any&search=OLD', ['old']],
    ] as const) {
      expect(await namesOf(api, query), query).toEqual(names)
      const { json } = await api.call('GET', `/v1/campaigns/counts?${query}`)
      expect(json.all, query).toBe(names.length)
    }
    const { json: counts } = await api.call('GET', '/v1/campaigns/counts')
    expect(counts).toEqual({
      all: 3,
      draft: 1,
      scheduled: 0,
      sending: 0,
      paused: 1,
      finished: 1,
      canceled: 0,
    })
    expect((await api.call('GET', '/v1/campaigns/counts?state=draft')).status).toBe(400)
    const bad = await api.call('GET', '/v1/campaigns?from=2026-11-31T23:59:60Z')
    expect(bad.json).toMatchObject({ status: 400, code: 'invalid_request' })
  })

  test('by all words, in any order, in name or title', async () => {
    const api = await startApp()
    const title = (text: string) => ({ title: text, body: 'x' })
    await createCampaign(api.pool, {
      name: 'Winter sale 2026',
      message: title('지금 \u200b할\u200b인\u00a0중'),
    })
    // Taken apart, as a Mac writes file names.
    await createCampaign(api.pool, { name: '겨울 세일'.normalize('NFD'), message: title('Up to 50%') })
    await createCampaign(api.pool, { name: 'silent', message: { data: { a: 'b' } } })
    for (const [search, count] of [
      ['sale winter', 1],
      ['  SALE\t 할인 ', 1],
      ['할인\u00a0중', 1],
      ['sale 세일', 0],
      ['겨울'.normalize('NFD'), 1],
      ['50% 세일', 1],
      ['2026지금', 0],
      ['silent', 1],
      ['   ', 3],
      ['a b c d e f g h i j', 0],
    ] as const) {
      expect(await namesOf(api, `search=${encodeURIComponent(search)}`), search).toHaveLength(count)
    }
    const { json } = await api.call('GET', '/v1/campaigns?search=a+b+c+d+e+f+g+h+i+j+k')
    expect(json).toMatchObject({ status: 400, code: 'invalid_request', errors: [{ field: '/search' }] })
    expect(json.detail).toBe('search has 11 words; at most 10 are looked for. Leave some out.')
  })

  test('by what there is: authors, tags and projects by name', async () => {
    const api = await startApp()
    await api.call(
      'POST',
      '/v1/campaigns',
      { name: 'n', message: { title: 't' }, audience: { all: true } },
      {
        as: 'operator',
      },
    )
    await createCampaign(api.pool, { tags: ['sale', '봄'], created_by: randomUUIDv7() })
    await createCampaign(api.pool, { tags: ['Brand', 'sale'] })
    await createCampaign(api.pool, { tags: ['deleted'], deleted_at: new Date() })
    const { json } = await api.call('GET', '/v1/campaigns/choices')
    expect(json).toMatchObject({
      authors: [{ name: 'operator' }],
      tags: ['Brand', 'sale', '봄'],
      projects: [{ id: 1 }],
    })
    expect(await namesOf(api, `author=${json.authors[0].id}`)).toEqual(['n'])
  })
})

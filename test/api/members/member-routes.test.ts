import { describe, expect, test } from 'vitest'
import { LIST_MEMBERS } from '../../../src/audience/read-members.ts'
import { DELIVERY_CODES } from '../../../src/domain/delivery-result.ts'
import { createDevices } from '../../support/factories.ts'
import { startApp, type TestApp } from '../start-app.ts'

const list = async (api: TestApp, query = '') => {
  const { status, json } = await api.call('GET', `/v1/members${query}`, undefined, { as: 'viewer' })
  expect(status).toBe(200)
  return json
}
const idsOf = (page: { data: { externalId: string }[] }) => page.data.map(({ externalId }) => externalId)

async function addMembers(api: TestApp, externalIds: readonly string[]): Promise<void> {
  await api.pool.query('INSERT INTO members (external_id) SELECT unnest($1::text[])', [externalIds])
}

describe('GET /v1/members', () => {
  test('lists members in the order of their ids, with the number of their devices', async () => {
    const api = await startApp()
    await createDevices(api.pool, 2, { perMember: 2, member: { locale: 'ko-KR', timezone: 'Asia/Seoul' } })
    await createDevices(api.pool, 1, { member: { opted_out_at: new Date() } })
    await addMembers(api, ['a'])
    const { data, nextCursor } = await list(api)
    expect(data).toMatchObject([
      { externalId: 'a', devices: 0, locale: null, timezone: null, optedOut: false },
      { externalId: 'm1', devices: 2, locale: 'ko-KR', timezone: 'Asia/Seoul', optedOut: false },
      { externalId: 'm2', devices: 2 },
      { externalId: 'm3', devices: 1, optedOut: true },
    ])
    expect(nextCursor).toBeNull()
  })

  test('is walked page by page without a gap or a repeat', async () => {
    const api = await startApp()
    const ids = Array.from({ length: 25 }, (_, n) => `user-${n}`)
    await addMembers(api, [...ids, 'other', 'zz'])
    const seen: string[] = []
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page = await list(api, `?limit=4&search=user-${cursor && `&cursor=${cursor}`}`)
      seen.push(...idsOf(page))
      cursor = page.nextCursor
    }
    expect(seen).toEqual(ids.toSorted())
  })

  test.each([
    ['what begins with it, in capitals too', 'ab', ['ABC', 'ab', 'ab%', 'ab_c', 'abc', 'ab😀']],
    ['a percent sign as itself', 'ab%', ['ab%']],
    ['an underscore as itself', 'ab_', ['ab_c']],
    ['the same in capitals, before all others', 'AB', ['ABC', 'ab', 'ab%', 'ab_c', 'abc', 'ab😀']],
    ['a part in the middle, in any case, if none begins so', 'C', ['ABC', 'ab_c', 'abc', 'ac']],
    ['a wildcard within as itself', '_C', ['ab_c']],
    ['the end of a name', '철수', ['김철수']],
    ['letters beyond ASCII', '김', ['김', '김철수']],
    ['nobody', 'x', []],
  ])('search finds %s', async (_what, search, expected) => {
    const api = await startApp()
    await addMembers(api, ['a', 'ab', 'abc', 'ab%', 'ab_c', 'ab😀', 'ABC', 'ac', 'b', '김', '김철수', '남'])
    expect(idsOf(await list(api, `?search=${encodeURIComponent(search)}`))).toEqual(expected)
  })

  test('what is found within the ids is walked page by page too', async () => {
    const api = await startApp()
    const ids = Array.from({ length: 9 }, (_, n) => `user-${n}-SHOP`)
    await addMembers(api, [...ids, 'a', 'z'])
    const seen: string[] = []
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page = await list(api, `?limit=4&search=shop${cursor && `&cursor=${cursor}`}`)
      seen.push(...idsOf(page))
      cursor = page.nextCursor
    }
    expect(seen).toEqual(ids)
  })

  test('looking within the ids of too many members is given up, with what to do instead', async () => {
    const api = await startApp()
    await addMembers(api, ['a'])
    api.pool.on('acquire', (client) => {
      const query = client.query.bind(client) as (...args: unknown[]) => Promise<unknown>
      client.query = ((...args: unknown[]) =>
        String(args[0]).includes('strpos')
          ? query('SET LOCAL statement_timeout = 20').then(() => query('SELECT pg_sleep(5)'))
          : query(...args)) as typeof client.query
    })
    const { json } = await api.call('GET', '/v1/members?search=x')
    expect(json).toMatchObject({ status: 503, code: 'search_too_slow' })
    expect(json.detail).toContain('"x"')
  })

  test('search by a whole token finds the one who has it; part of a token finds nobody', async () => {
    const api = await startApp()
    await createDevices(api.pool, 3, { perMember: 2 })
    expect(idsOf(await list(api, '?search=token-m2-1'))).toEqual(['m2'])
    expect(idsOf(await list(api, '?search=token-m2-'))).toEqual([])
  })

  test('a page is a stretch of the index, whatever the order of the database’s language', async () => {
    const api = await startApp()
    await api.pool.query(`INSERT INTO members (external_id) SELECT 'm' || n FROM generate_series(1, 5000) n`)
    await api.pool.query('ANALYZE members')
    const client = await api.pool.connect()
    // As a statement that is used often is planned: without knowing the prefix.
    await client.query(
      `SET plan_cache_mode = force_generic_plan; PREPARE list (text[], text, int) AS ${LIST_MEMBERS}`,
    )
    const { rows } = await client.query(`EXPLAIN EXECUTE list ('{m12,M12}', 'm120', 10)`)
    client.release(true)
    const plan = rows.map((row) => row['QUERY PLAN']).join('\n')
    const bounds = /Index Scan using members_external_id_key on members .*\n\s+Index Cond: (.*)/.exec(
      plan,
    )?.[1]
    expect(bounds).toMatch(/external_id >= .*external_id > .*external_id < /)
    expect(plan).not.toMatch(/Filter|Seq Scan on members/)
    const { rows: columns } = await api.pool.query(
      `SELECT collation_name FROM information_schema.columns WHERE table_name = 'members' AND column_name = 'external_id'`,
    )
    expect(columns).toEqual([{ collation_name: 'C' }])
  })

  test('refuses a cursor of another search, an empty search and what it does not know', async () => {
    const api = await startApp()
    await addMembers(api, ['a1', 'a2', 'b1', 'b2'])
    const { nextCursor } = await list(api, '?search=a&limit=1')
    for (const [query, code] of [
      [`?search=b&cursor=${nextCursor}`, 'invalid_cursor'],
      ['?search=', 'invalid_request'],
      ['?name=a', 'invalid_request'],
      [`?search=${'x'.repeat(2049)}`, 'invalid_request'],
      ['?search=a%00b', 'invalid_request'],
    ] as const) {
      expect((await api.call('GET', `/v1/members${query}`)).json).toMatchObject({ status: 400, code })
    }
  })
})

describe('GET /v1/members/{externalId}', () => {
  test('shows attributes and devices, the latest seen first, and why one is gone', async () => {
    const api = await startApp()
    const { deviceIds } = await createDevices(api.pool, 1, {
      perMember: 3,
      platform: 'ios',
      member: { attributes: { plan: 'gold' } },
    })
    const [first, second, third] = deviceIds
    await api.pool.query(`UPDATE devices SET last_seen_at = now() - interval '1 day' WHERE id = $1`, [first])
    await api.pool.query(
      `UPDATE devices SET last_seen_at = now() - interval '2 days', state = 'gone', gone_at = now(), gone_code = 1 WHERE id = $1`,
      [second],
    )
    const answer = await api.call('GET', '/v1/members/m1', undefined, { as: 'viewer' })
    expect(answer.json).toMatchObject({
      externalId: 'm1',
      devices: 3,
      attributes: { plan: 'gold' },
      deviceList: [
        { deviceId: String(third), platform: 'ios', state: 'active', address: 'ken-m1-3', goneAt: null },
        { deviceId: String(first), state: 'active', goneCode: null, goneMeaning: null },
        {
          deviceId: String(second),
          state: 'gone',
          goneAt: expect.stringMatching(/Z$/),
          goneCode: 'unregistered',
          goneMeaning: DELIVERY_CODES.unregistered.meaning,
        },
      ],
    })
    expect(answer.text).not.toContain('token-m1')
  })

  test('says which member is not there', async () => {
    const api = await startApp()
    const { json } = await api.call('GET', '/v1/members/nobody%2Fat%20all')
    expect(json).toMatchObject({ status: 404, code: 'member_not_found' })
    expect(json.detail).toContain('"nobody/at all"')
  })
})

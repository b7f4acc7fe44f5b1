import { describe, expect, test } from 'vitest'
import { storeDevices } from '../../src/audience/device-store.ts'
import type { DeviceRow } from '../../src/domain/device-row.ts'
import { AS_APP, AS_IMPORT, aDevice } from '../support/a-device.ts'
import { createTestDatabase } from '../support/database.ts'
import { createBatches, createCampaign } from '../support/factories.ts'

const TOKEN = 'cTokenOfTheApp_0123456:APA91b-old'
const FID = 'fInstallationId_012345'

async function setup() {
  const { pool } = await createTestDatabase()
  const options = (as: typeof AS_APP) => (given: Partial<DeviceRow> & { address: string }) =>
    storeDevices(pool, [aDevice({ externalId: 'ada', ...given })], as)
  /** By address; `by` is the address of the device that has replaced it. */
  const devices = async () => {
    const { rows } = await pool.query(
      `SELECT d.id, d.address, d.kind, d.state, d.gone_code AS code, r.address AS by, m.external_id AS member
       FROM devices d JOIN members m ON m.id = d.member_id LEFT JOIN devices r ON r.id = d.replaced_by
       ORDER BY d.address COLLATE "C"`,
    )
    return rows
  }
  const idOf = async (address: string) =>
    (await pool.query('SELECT id FROM devices WHERE address = $1', [address])).rows[0]?.id
  const anHourLater = () =>
    pool.query(`UPDATE devices SET gone_at = gone_at - interval '61 minutes' WHERE gone_at IS NOT NULL`)
  return { pool, register: options(AS_APP), importRow: options(AS_IMPORT), devices, idOf, anHourLater }
}

const MOVED = [
  { address: TOKEN, kind: 'token', state: 'gone', code: 44, by: FID },
  { address: FID, kind: 'fid', state: 'active', code: null, by: null },
]

describe('an app with a new address', () => {
  test('keeps its device, and the old address is a row of its own that is gone', async () => {
    const { register, devices, idOf } = await setup()
    await register({ address: TOKEN })
    const id = await idOf(TOKEN)
    expect(await register({ address: FID, replaces: TOKEN })).toMatchObject({
      created: 0,
      replaced: 1,
      updated: 0,
    })
    expect(await devices()).toMatchObject(MOVED)
    expect(await idOf(FID)).toBe(id)
    // The same request again, and with every start of the app.
    expect(await register({ address: FID, replaces: TOKEN })).toMatchObject({ replaced: 0, updated: 1 })
    expect(await devices()).toMatchObject(MOVED)
    expect(await idOf(FID)).toBe(id)
  })

  test('whose old one is not known gets a row for it all the same, so that no list brings it in', async () => {
    const { register, importRow, devices } = await setup()
    expect(await register({ address: FID, replaces: TOKEN })).toMatchObject({ created: 1, replaced: 0 })
    expect(await importRow({ address: TOKEN })).toMatchObject({ created: 0, retired: 1 })
    expect(await devices()).toMatchObject(MOVED)
  })

  test('is told by its installation id, whoever is signed in; in a list only if the member is the same', async () => {
    const { register, importRow, devices } = await setup()
    const installationId = 'phone-0001'
    await register({ address: TOKEN, installationId })
    expect(await importRow({ address: FID, installationId, externalId: 'bob' })).toMatchObject({ created: 1 })
    expect(await devices()).toMatchObject([{ state: 'active' }, { state: 'active' }])
    expect(await register({ address: 'third:APA91b', installationId, externalId: 'cy' })).toMatchObject({
      replaced: 1,
    })
    expect((await devices()).filter(({ state }) => state === 'active')).toHaveLength(2)
    expect(await importRow({ address: 'fourth:APA91b', installationId, externalId: 'cy' })).toMatchObject({
      replaced: 1,
    })
    expect((await devices()).find(({ address }) => address === 'fourth:APA91b')).toMatchObject({
      member: 'cy',
    })
  })

  test('is told by its token, which begins with the installation id', async () => {
    const { register, importRow, devices } = await setup()
    await register({ address: `${FID}:APA91b-x` })
    await register({ address: `${FID}x:APA91b-x`, externalId: 'bob' })
    expect(await importRow({ address: FID })).toMatchObject({ replaced: 1 })
    expect(await devices()).toMatchObject([
      { address: FID, state: 'active' },
      { address: `${FID}:APA91b-x`, state: 'gone', code: 44, by: FID },
      { address: `${FID}x:APA91b-x`, state: 'active' },
    ])
  })

  test('that FCM had declared dead is alive at the new one', async () => {
    const { pool, register, devices, idOf } = await setup()
    await register({ address: TOKEN })
    const id = await idOf(TOKEN)
    await pool.query(`UPDATE devices SET state = 'gone', gone_at = now(), gone_code = 1`)
    await register({ address: FID, replaces: TOKEN })
    expect(await devices()).toMatchObject(MOVED)
    expect(await idOf(FID)).toBe(id)
  })

  test('goes through several, and each old one leads to the device', async () => {
    const { register, devices, idOf } = await setup()
    await register({ address: TOKEN })
    const id = await idOf(TOKEN)
    await register({ address: 'second:APA91b', replaces: TOKEN })
    // The app has kept the first one only.
    await register({ address: FID, replaces: TOKEN })
    expect(await devices()).toMatchObject([
      { address: TOKEN, state: 'gone', by: FID },
      { id, address: FID, state: 'active' },
      { address: 'second:APA91b', state: 'gone', by: FID },
    ])
  })
})

describe('an address that was replaced', () => {
  test('stays gone whatever a list says, also one that revives and one that names another member', async () => {
    const { pool, register, importRow, devices, anHourLater } = await setup()
    await register({ address: TOKEN })
    await register({ address: FID, replaces: TOKEN })
    await anHourLater()
    for (const given of [{}, { externalId: 'bob' }, { replaces: FID }]) {
      expect(await importRow({ address: TOKEN, ...given })).toMatchObject({
        retired: 1,
        moved: 0,
        replaced: 0,
      })
    }
    const reviving = [aDevice({ address: TOKEN, externalId: 'ada' })]
    await storeDevices(pool, reviving, { ...AS_IMPORT, isAlive: true })
    expect(await devices()).toMatchObject(MOVED)
  })

  test('stays gone when a registration from before comes late', async () => {
    const { register, devices } = await setup()
    await register({ address: TOKEN })
    await register({ address: FID, replaces: TOKEN })
    expect(await register({ address: TOKEN })).toMatchObject({ retired: 1, updated: 0 })
    expect(await devices()).toMatchObject(MOVED)
  })

  test.each([
    ['an hour later, because its app is an older one again', false, {}],
    ['at once, because its app names the address it had', true, { replaces: FID }],
  ])('is back %s', async (_, isAtOnce, given) => {
    const { register, devices, idOf, anHourLater } = await setup()
    await register({ address: TOKEN })
    const id = await idOf(TOKEN)
    await register({ address: FID, replaces: TOKEN })
    if (!isAtOnce) await anHourLater()
    expect(await register({ address: TOKEN, ...given })).toMatchObject({ replaced: 1, retired: 0 })
    expect(await devices()).toMatchObject([
      { id, address: TOKEN, kind: 'token', state: 'active', code: null, by: null },
      { address: FID, kind: 'fid', state: 'gone', code: 44, by: TOKEN },
    ])
  })

  test('is back when the device that had replaced it was deleted', async () => {
    const { pool, register, devices, anHourLater } = await setup()
    await register({ address: TOKEN })
    await register({ address: FID, replaces: TOKEN })
    await pool.query('DELETE FROM devices WHERE address = $1', [FID])
    await anHourLater()
    expect(await register({ address: TOKEN })).toMatchObject({ updated: 1 })
    expect(await devices()).toMatchObject([{ address: TOKEN, state: 'active', code: null, by: null }])
  })
})

describe('an app that was two devices', () => {
  async function twoDevices() {
    const scene = await setup()
    await scene.register({ address: TOKEN })
    await scene.register({ address: FID })
    const [old, other] = [await scene.idOf(TOKEN), await scene.idOf(FID)]
    /** A campaign to both that has reached some of them. */
    const reach = async (...reached: number[]) => {
      const id = await createCampaign(scene.pool, { state: 'sending' })
      await createBatches(scene.pool, id, [old, other])
      await scene.pool.query(
        `INSERT INTO deliveries (campaign_id, device_id, state, code, attempt) SELECT $1, unnest($2::bigint[]), 1, 0, 1`,
        [id, reached],
      )
    }
    return { ...scene, old, other, reach }
  }

  test.each([
    ['nothing was sent', [], 'old'],
    ['the old address was reached', ['old'], 'old'],
    ['both were reached', ['old', 'other'], 'old'],
    ['only the new one was reached, and the old row would get the message again', ['other'], 'other'],
  ] as const)('is one afterwards: %s', async (_, reached, survivor) => {
    const scene = await twoDevices()
    await scene.reach(...reached.map((name) => scene[name]))
    expect(await scene.register({ address: FID, replaces: TOKEN })).toMatchObject({ replaced: 1 })
    expect(await scene.devices()).toMatchObject(MOVED)
    expect(await scene.idOf(FID)).toBe(scene[survivor])
  })

  test('is the younger one if the older was gone: campaigns know only that', async () => {
    const { pool, register, devices, idOf, other } = await twoDevices()
    await pool.query(`UPDATE devices SET state = 'gone', gone_at = now(), gone_code = 1 WHERE address = $1`, [
      TOKEN,
    ])
    await register({ address: FID, replaces: TOKEN })
    expect(await devices()).toMatchObject(MOVED)
    expect(await idOf(FID)).toBe(other)
  })

  test('stays dead if a list says so and FCM has refused the new address', async () => {
    const { pool, importRow, devices } = await twoDevices()
    await pool.query(`UPDATE devices SET state = 'gone', gone_at = now(), gone_code = 1 WHERE address = $1`, [
      FID,
    ])
    await importRow({ address: FID, replaces: TOKEN })
    expect(await devices()).toMatchObject([
      { address: TOKEN, state: 'gone', code: 44 },
      { address: FID, state: 'gone', code: 1 },
    ])
  })
})

describe('a list', () => {
  test('is stored in the order of what builds on what', async () => {
    const { pool, devices } = await setup()
    const one = (given: Partial<DeviceRow> & { address: string }) => aDevice({ externalId: 'ada', ...given })
    const counts = await storeDevices(
      pool,
      [
        one({ address: 'b', replaces: 'a' }),
        one({ address: 'c', replaces: 'b' }),
        one({ address: FID }),
        one({ address: `${FID}:APA91b` }),
        one({ address: 'a' }),
        one({ address: 'p1', installationId: 'phone-0001' }),
        one({ address: 'p2', installationId: 'phone-0001' }),
      ],
      AS_IMPORT,
    )
    expect(counts).toMatchObject({ created: 3, replaced: 4 })
    expect((await devices()).filter(({ state }) => state === 'active').map(({ address }) => address)).toEqual(
      ['c', FID, 'p2'],
    )
  })

  test('with two rows about one device takes the later one', async () => {
    const { register, pool, devices } = await setup()
    await register({ address: TOKEN, installationId: 'phone-0001' })
    const rows = [
      aDevice({ address: 'x', externalId: 'ada', replaces: TOKEN }),
      aDevice({ address: 'y', externalId: 'ada', installationId: 'phone-0001' }),
    ]
    expect(await storeDevices(pool, rows, AS_IMPORT)).toMatchObject({ replaced: 2, created: 0 })
    expect(await devices()).toMatchObject([
      { address: TOKEN, state: 'gone', by: 'y' },
      { address: 'x', state: 'gone', by: 'y' },
      { address: 'y', state: 'active' },
    ])
  })

  test('imported by two at once, in opposite orders, leaves each phone one address and no deadlock', async () => {
    const { pool } = await setup()
    const phones = Array.from({ length: 400 }, (_, n) => n)
    const memberOf = (n: number) => `m${n}`
    await storeDevices(
      pool,
      phones.map((n) => aDevice({ address: `old-${n}`, externalId: memberOf(n) })),
      AS_IMPORT,
    )
    const rows = phones.map((n) =>
      aDevice({
        address: `new-${(n * 7) % 400}`,
        externalId: memberOf((n * 7) % 400),
        replaces: `old-${(n * 7) % 400}`,
      }),
    )
    const both = await Promise.all([
      storeDevices(pool, rows, AS_IMPORT),
      storeDevices(pool, rows.toReversed(), AS_IMPORT),
      ...phones
        .slice(0, 40)
        .map((n) =>
          storeDevices(
            pool,
            [aDevice({ address: `new-${n}`, externalId: memberOf(n), replaces: `old-${n}` })],
            AS_APP,
          ),
        ),
    ])
    expect(both.reduce((sum, { replaced }) => sum + replaced, 0)).toBe(400)
    const { rows: states } = await pool.query(
      `SELECT split_part(address, '-', 1) AS name, state, count(*)::int AS n FROM devices GROUP BY 1, 2 ORDER BY 1`,
    )
    expect(states).toEqual([
      { name: 'new', state: 'active', n: 400 },
      { name: 'old', state: 'gone', n: 400 },
    ])
    await pool.query('SELECT pg_stat_force_next_flush()').catch(() => {})
    const { rows: stats } = await pool.query(
      'SELECT deadlocks::int FROM pg_stat_database WHERE datname = current_database()',
    )
    expect(stats).toEqual([{ deadlocks: 0 }])
  })
})

describe('a registration that says "opted out"', () => {
  test('does not revive a device that is gone, and the opt-out counts', async () => {
    const { pool, register, devices } = await setup()
    await register({ address: TOKEN })
    await pool.query(`UPDATE devices SET state = 'gone', gone_at = now(), gone_code = 1`)
    for (const externalId of ['ada', 'bob']) {
      await register({ address: TOKEN, externalId, optedOut: true })
      expect(await devices()).toMatchObject([{ state: 'gone', code: 1, member: externalId }])
    }
    expect((await pool.query('SELECT opted_out_at IS NOT NULL AS "isOut" FROM members')).rows).toEqual([
      { isOut: true },
      { isOut: true },
    ])
    await register({ address: TOKEN, externalId: 'bob', optedOut: false })
    expect(await devices()).toMatchObject([{ state: 'active', code: null }])
  })
})

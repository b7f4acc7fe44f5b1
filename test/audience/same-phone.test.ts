/** An app may say in many ways, in any order and at once, that two addresses are its own: it is sent to at one of them. */
import { expect, test } from 'vitest'
import { storeDevices } from '../../src/audience/device-store.ts'
import type { DeviceRow } from '../../src/domain/device-row.ts'
import { AS_APP, AS_IMPORT, aDevice } from '../support/a-device.ts'
import { createTestDatabase } from '../support/database.ts'
import { until } from '../support/until.ts'

const FID = 'fInstallationId_012345'
const TOKEN = `${FID}:APA91b-x`

type Given = Partial<DeviceRow> & { address: string }
const row = (given: Given) => aDevice({ externalId: 'ada', ...given })

async function setup() {
  const { pool } = await createTestDatabase()
  const register = (given: Given) => storeDevices(pool, [row(given)], AS_APP)
  const importRows = (...given: Given[]) => storeDevices(pool, given.map(row), AS_IMPORT)
  const active = async (prefix = '') => {
    const { rows } = await pool.query<{ address: string }>(
      `SELECT address FROM devices WHERE state = 'active' AND starts_with(address, $1) ORDER BY id`,
      [prefix],
    )
    return rows.map(({ address }) => address)
  }
  return { pool, register, importRows, active }
}

test('an address leads to the device over any number of rows that were swapped', async () => {
  const { register, active } = await setup()
  await register({ address: 'first' })
  await register({ address: 'second', replaces: 'first' })
  // Each of these was a device of its own, so the row that "first" leads to is retired, and so on.
  for (const other of ['other-1', 'other-2', 'other-3']) {
    await register({ address: other })
    await register({ address: 'second', replaces: other })
  }
  await register({ address: 'third', replaces: 'first' })
  expect(await active()).toEqual(['third'])
})

test('two that replace each other are one device, said one after the other or at once', async () => {
  const { register, active } = await setup()
  for (const phone of ['p', 'q', 'r', 's']) {
    const [a, b] = [`${phone}-a`, `${phone}-b`] as const
    await register({ address: a })
    await register({ address: b })
    const both = [
      { address: a, replaces: b },
      { address: b, replaces: a },
    ]
    if (phone === 'p') for (const each of both) await register(each)
    else await Promise.all(both.map(register))
    expect(await active(`${phone}-`)).toHaveLength(1)
  }
})

test.each([
  [
    'with the same installation id',
    { address: 'a', installationId: 'phone-0001' },
    { address: 'b', installationId: 'phone-0001' },
  ],
  ['one of which is the token of the other', { address: FID }, { address: TOKEN }],
  ['one of which replaces the other', { address: 'old' }, { address: 'new', replaces: 'old' }],
] as const)('two addresses that nobody has heard of, registered at once, %s', async (_, one, other) => {
  const { pool, register, active } = await setup()
  await register({ address: 'another device of the member' })
  // The first one has stored its device and not committed yet.
  const first = await pool.connect()
  await first.query('BEGIN')
  await first.query('LOCK devices IN SHARE MODE')
  const both = [register(one), register(other)]
  try {
    await until(
      async () => {
        const { rows } = await pool.query(
          `SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
        )
        return rows[0]?.n === 2
      },
      { what: 'both wait, for the table or for each other' },
    )
  } finally {
    await first.query('ROLLBACK')
    first.release()
  }
  await Promise.all(both)
  expect(await active()).toHaveLength(2)
})

test('an import that is storing the old address when its app names it', async () => {
  const { pool, register, active } = await setup()
  await register({ address: 'another' })
  const importing = await pool.connect()
  await importing.query('BEGIN')
  await importing.query(
    `INSERT INTO devices (member_id, address, platform) SELECT id, 'old', 'android' FROM members`,
  )
  const registering = register({ address: 'new', replaces: 'old' })
  await until(
    async () => {
      const { rows } = await pool.query(
        `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
      )
      return rows.length === 1
    },
    { what: 'the registration waits for the import' },
  )
  await importing.query('COMMIT')
  importing.release()
  expect(await registering).toMatchObject({ replaced: 1 })
  expect(await active()).toEqual(['another', 'new'])
})

test('a token that comes after its installation id is one from before, and its app can come back to it', async () => {
  const { pool, register, importRows, active } = await setup()
  await register({ address: FID })
  expect(await importRows({ address: TOKEN })).toMatchObject({ created: 0, retired: 1 })
  expect(await importRows({ address: TOKEN, installationId: 'phone-0001' })).toMatchObject({ retired: 1 })
  expect(await register({ address: `${FID}:APA91b-y` })).toMatchObject({ created: 0, retired: 1 })
  expect(await active()).toEqual([FID])
  await pool.query(`UPDATE devices SET gone_at = gone_at - interval '61 minutes'`)
  expect(await register({ address: TOKEN })).toMatchObject({ replaced: 1 })
  expect(await active()).toEqual([TOKEN])
})

test('a token beside an installation id that FCM has declared dead is a device', async () => {
  const { pool, register, importRows, active } = await setup()
  await register({ address: FID })
  await pool.query(`UPDATE devices SET state = 'gone', gone_at = now(), gone_code = 1`)
  expect(await importRows({ address: TOKEN })).toMatchObject({ created: 1 })
  expect(await active()).toEqual([TOKEN])
})

test('an address whose follower was deleted is back as soon as its app registers it', async () => {
  const { pool, register, active } = await setup()
  await register({ address: 'old' })
  await register({ address: 'new', replaces: 'old' })
  await pool.query(`DELETE FROM devices WHERE address = 'new'`)
  expect(await register({ address: 'old' })).toMatchObject({ retired: 0, updated: 1 })
  expect(await active()).toEqual(['old'])
})

test('rows of a list that are about one device, which they do not say, are one device', async () => {
  const { register, importRows, active } = await setup()
  await register({ address: 'old', installationId: 'phone-0001' })
  const counts = await importRows(
    { address: 'n1', replaces: 'old' },
    { address: 'n2', installationId: 'phone-0001' },
    { address: 'n3', installationId: 'phone-0001' },
    { address: 'n4', replaces: 'n1' },
  )
  expect(counts).toMatchObject({ created: 0, replaced: 4 })
  expect(await active()).toHaveLength(1)
})

test.each([
  ['a list', AS_IMPORT],
  ['apps', AS_APP],
] as const)('one word in "replaces" for all people does not make one device of them: %s', async (_, as) => {
  const { pool, active } = await setup()
  const people = Array.from({ length: 30 }, (_, n) =>
    row({ address: `a${n}`, externalId: `m${n}`, replaces: 'no-old-token' }),
  )
  if (as === AS_APP) for (const each of people) await storeDevices(pool, [each], as)
  else await storeDevices(pool, people, as)
  expect(await active()).toHaveLength(30)
})

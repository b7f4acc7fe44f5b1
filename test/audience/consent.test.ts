import { describe, expect, test } from 'vitest'
import { changeMember } from '../../src/audience/change-member.ts'
import { storeDevices } from '../../src/audience/device-store.ts'
import type { DeviceRow } from '../../src/domain/device-row.ts'
import { AS_APP, AS_IMPORT, aDevice } from '../support/a-device.ts'
import { createTestDatabase } from '../support/database.ts'
import { until } from '../support/until.ts'

const BY = '01900000-0000-7000-8000-00000000000a'
const MAY = '2026-05-01T00:00:00Z'
const JUNE = '2026-06-01T00:00:00Z'
const JULY = '2026-07-01T00:00:00+09:00'
const REPLACING = { ...AS_IMPORT, optOuts: 'replace' } as const

async function setup() {
  const { pool } = await createTestDatabase()
  let devices = 0
  const row = (given: Partial<DeviceRow>) =>
    aDevice({ address: `a${devices++}`, externalId: 'ada', ...given })
  const store = (options: typeof AS_APP, ...given: Partial<DeviceRow>[]) =>
    storeDevices(pool, given.map(row), options)
  const member = async (externalId = 'ada') => {
    const { rows } = await pool.query(
      `SELECT opted_out_at IS NOT NULL AS "isOut", consent_at AS at, consent_source AS source, consent_by AS by
       FROM members WHERE external_id = $1`,
      [externalId],
    )
    return rows[0]
  }
  return { pool, store, row, member }
}

const OUT = { optedOut: true }
const IN = { optedOut: false }

describe('an opt-out', () => {
  test.each([
    ['a list without a time', AS_IMPORT, IN, true],
    ['a list that says nothing', AS_IMPORT, {}, true],
    ['a list that was asked to', REPLACING, IN, false],
    ['a list with a time, though it was asked to', AS_IMPORT, { ...IN, consentAt: JULY }, true],
    ['the app', AS_APP, IN, false],
    ['a registration that says nothing', AS_APP, {}, true],
    ['an old statement that the app sends', AS_APP, { ...IN, consentAt: MAY }, true],
  ] as const)('of a list without a time: %s', async (_, options, given, isOut) => {
    const { store, member } = await setup()
    await store(AS_IMPORT, OUT)
    const { optOutsKept } = await store(options, given)
    expect(await member()).toMatchObject({ isOut })
    expect(optOutsKept).toBe(isOut && 'optedOut' in given ? 1 : 0)
  })

  test.each([
    ['an earlier statement', AS_IMPORT, { ...IN, consentAt: MAY }, true],
    ['one at the same time', AS_IMPORT, { ...IN, consentAt: JUNE }, true],
    ['a later one', AS_IMPORT, { ...IN, consentAt: JULY }, false],
    ['an earlier one of a list that was asked to', REPLACING, { ...IN, consentAt: MAY }, true],
    ['one without a time', AS_IMPORT, IN, true],
    ['one without a time, of a list that was asked to', REPLACING, IN, false],
    ['an earlier one that the app sends late', AS_APP, { ...IN, consentAt: MAY }, true],
    ['the app, now', AS_APP, IN, false],
  ] as const)('with a time, and %s', async (_, options, given, isOut) => {
    const { store, member } = await setup()
    await store(AS_IMPORT, { ...OUT, consentAt: JUNE })
    const { optOutsKept } = await store(options, given)
    expect(await member()).toMatchObject({ isOut })
    expect(optOutsKept).toBe(isOut ? 1 : 0)
  })

  test('that is older than an opt-in does not count, unless it has no time', async () => {
    const { store, member } = await setup()
    await store(AS_IMPORT, { ...IN, consentAt: JUNE })
    expect(await store(AS_IMPORT, { ...OUT, consentAt: MAY })).toMatchObject({ optOutsKept: 0 })
    expect(await member()).toMatchObject({ isOut: false, at: new Date(JUNE) })
    await store(AS_IMPORT, OUT)
    expect(await member()).toMatchObject({ isOut: true, at: null })
  })

  test('said again holds against what was said in between', async () => {
    const { store, member } = await setup()
    await store(AS_APP, { ...OUT, consentAt: MAY })
    await store(AS_APP, { ...OUT, consentAt: JULY })
    await store(AS_IMPORT, { ...IN, consentAt: JUNE })
    expect(await member()).toMatchObject({ isOut: true, at: new Date(JULY) })
  })

  test('keeps the date on which it was first known', async () => {
    const { pool, store } = await setup()
    await store(AS_IMPORT, OUT)
    await pool.query(`UPDATE members SET opted_out_at = '2020-01-01'`)
    await store(AS_APP, OUT)
    const { rows } = await pool.query(`SELECT opted_out_at = '2020-01-01' AS "isFirst" FROM members`)
    expect(rows).toEqual([{ isFirst: true }])
  })
})

describe('several rows of one member', () => {
  test.each([
    ['an opt-out first', [OUT, IN], true, 1],
    ['an opt-out last', [IN, IN, OUT, {}], true, 2],
    [
      'two times',
      [
        { ...OUT, consentAt: MAY },
        { ...IN, consentAt: JUNE },
      ],
      false,
      0,
    ],
    [
      'two times, the other way round',
      [
        { ...IN, consentAt: JUNE },
        { ...OUT, consentAt: MAY },
      ],
      false,
      0,
    ],
    [
      'the same time',
      [
        { ...OUT, consentAt: JUNE },
        { ...IN, consentAt: JUNE },
      ],
      true,
      1,
    ],
    ['a time against none', [{ ...IN, consentAt: JUNE }, OUT], true, 1],
    ['none against a time', [{ ...OUT, consentAt: MAY }, IN], true, 1],
  ] as const)('in one import: %s', async (_, rows, isOut, optOutsKept) => {
    const { store, member } = await setup()
    expect(await store(REPLACING, ...rows)).toMatchObject({ optOutsKept })
    expect(await member()).toMatchObject({ isOut })
  })

  test('in chunks of one import: the later does not lift what an earlier one has said', async () => {
    const { pool, store, member } = await setup()
    await store(AS_APP, { ...OUT, externalId: 'bob' }, OUT)
    const { rows } = await pool.query('SELECT clock_timestamp()::text AS began')
    const thisImport = { ...REPLACING, began: rows[0].began }
    // Had opted out before, and this import says so too.
    await store(thisImport, OUT)
    await store(thisImport, { ...OUT, externalId: 'new' })
    expect(await store(thisImport, IN, { ...IN, externalId: 'new' })).toMatchObject({ optOutsKept: 2 })
    expect([await member(), await member('new')]).toMatchObject([{ isOut: true }, { isOut: true }])
    // Those it says nothing else of, it may lift; and the next one may lift these.
    await store(thisImport, { ...IN, externalId: 'bob' })
    expect(await member('bob')).toMatchObject({ isOut: false })
    await store(REPLACING, IN)
    expect(await member()).toMatchObject({ isOut: false })
  })
})

test('two imports at once with the same member: what either says of a new or a known one counts once, and an opt-out wins', async () => {
  const { store, member } = await setup()
  for (const externalId of ['new', 'ada']) {
    await store(AS_IMPORT, {})
    for (let round = 0; round < 10; round++) {
      const who = externalId === 'new' ? `new-${round}` : 'ada'
      if (who === 'ada') await store(AS_APP, { ...IN, externalId: who })
      await Promise.all([
        store(AS_IMPORT, { ...IN, externalId: who }),
        store(AS_IMPORT, { ...OUT, externalId: who }),
        store(AS_IMPORT, { ...IN, externalId: who }),
      ])
      expect(await member(who)).toMatchObject({ isOut: true })
    }
  }
})

test('a later statement is not overwritten by an earlier one that waited for it', async () => {
  const { pool, store, member } = await setup()
  await store(AS_IMPORT, {})
  const client = await pool.connect()
  await client.query('BEGIN')
  await client.query(
    `UPDATE members SET opted_out_at = now(), consent_at = $1, consent_source = 'person' WHERE external_id = 'ada'`,
    [JULY],
  )
  const storing = store(AS_IMPORT, { ...IN, consentAt: JUNE })
  await until(
    async () => {
      const { rows } = await pool.query(
        `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
      )
      return rows.length === 1
    },
    { what: 'the import waits for the member' },
  )
  await client.query('COMMIT')
  client.release()
  await storing
  expect(await member()).toMatchObject({ isOut: true, source: 'person', at: new Date(JULY) })
})

describe('what is written down', () => {
  test('who said it and how it came here', async () => {
    const { store, member } = await setup()
    await store({ ...AS_IMPORT, by: BY }, { ...OUT, consentAt: MAY })
    expect(await member()).toEqual({ isOut: true, at: new Date(MAY), source: 'import', by: BY })
    await store(AS_APP, IN)
    expect(await member()).toMatchObject({ isOut: false, source: 'registration', by: null })
    // An import that says nothing else, without a time, has nothing to add.
    await store({ ...AS_IMPORT, by: BY }, IN)
    expect(await member()).toMatchObject({ source: 'registration', by: null })
    await store(AS_IMPORT, { externalId: 'quiet' })
    expect(await member('quiet')).toEqual({ isOut: false, at: null, source: null, by: null })
  })

  test('not a time that is still to come: no later statement could be heard then', async () => {
    const { pool, store, member } = await setup()
    await store(AS_IMPORT, { ...OUT, consentAt: '2199-01-01T00:00:00Z' })
    const { rows } = await pool.query(`SELECT consent_at <= now() AS "isPast" FROM members`)
    expect(rows).toEqual([{ isPast: true }])
    await store(AS_APP, IN)
    expect(await member()).toMatchObject({ isOut: false })
  })

  test('an app that says "opted in" whenever it starts once an hour', async () => {
    const { pool, store } = await setup()
    const version = async () => (await pool.query('SELECT xmin FROM members')).rows[0].xmin
    await store(AS_APP, IN)
    const first = await version()
    await store(AS_APP, IN)
    expect(await version()).toBe(first)
    await pool.query(`UPDATE members SET consent_at = consent_at - interval '61 minutes'`)
    const before = await version()
    await store(AS_APP, IN)
    expect(await version()).not.toBe(before)
  })
})

test('an import that may replace opt-outs does not lift the one that a person has entered since it began', async () => {
  const { pool, store, member } = await setup()
  await store(AS_APP, IN)
  const { rows } = await pool.query<{ began: string }>('SELECT now()::text AS began')
  await changeMember(pool, 'ada', OUT, { id: BY, seen: undefined })
  const importing = { ...REPLACING, began: rows[0]?.began ?? null }
  expect(await store(importing, IN)).toMatchObject({ optOutsKept: 1 })
  expect(await member()).toMatchObject({ isOut: true, source: 'person' })
  // One that has begun later is asked to.
  await store(REPLACING, IN)
  expect(await member()).toMatchObject({ isOut: false, source: 'import' })
})

test('an opt-out with the time of an opt-in, as it is read, counts: times have milliseconds', async () => {
  const { pool, store, member } = await setup()
  await store(AS_APP, IN)
  await store(AS_IMPORT, { ...OUT, consentAt: (await member()).at.toISOString() })
  expect(await member()).toMatchObject({ isOut: true })
  await changeMember(pool, 'ada', IN, { id: BY, seen: undefined })
  await store(AS_IMPORT, { ...OUT, consentAt: (await member()).at.toISOString() })
  expect(await member()).toMatchObject({ isOut: true })
})

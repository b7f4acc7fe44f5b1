import { describe, expect, test } from 'vitest'
import { changeMember } from '../../src/audience/change-member.ts'
import { storeDevices, storeMembersOnly } from '../../src/audience/device-store.ts'
import { dueBefore, listDueConsents } from '../../src/audience/due-consents.ts'
import type { ConsentRow } from '../../src/domain/device-row.ts'
import { AS_APP, AS_IMPORT, aDevice } from '../support/a-device.ts'
import { createTestDatabase } from '../support/database.ts'

const BY = '01900000-0000-7000-8000-00000000000a'
const MAY = '2026-05-01T00:00:00Z'
const JUNE = '2026-06-01T00:00:00Z'
const JULY = '2026-07-01T00:00:00+09:00'
const REPLACING = { ...AS_IMPORT, optOuts: 'replace' } as const
const yes = (at: string | null = null): ConsentRow => ({ isGiven: true, at })
const no = (at: string | null = null): ConsentRow => ({ isGiven: false, at })

async function setup() {
  const { pool } = await createTestDatabase()
  const store = (options: typeof AS_APP, ...given: ConsentRow[]) =>
    storeDevices(
      pool,
      given.map((marketing, i) => aDevice({ address: `a${i}`, externalId: 'ada', marketing })),
      options,
    )
  const member = async () => {
    const { rows } = await pool.query(
      `SELECT marketing_consent_at AS since, marketing_said_at AS "saidAt", marketing_source AS source,
         night_consent_at AS night FROM members WHERE external_id = 'ada'`,
    )
    return rows[0]
  }
  return { pool, store, member }
}

describe('a consent', () => {
  test('is given on the day that is named, withdrawn by a later statement, and given again by a still later one', async () => {
    const { store, member } = await setup()
    await store(AS_IMPORT, yes(MAY))
    expect(await member()).toEqual({
      since: new Date(MAY),
      saidAt: new Date(MAY),
      source: 'import',
      night: null,
    })
    await store(AS_IMPORT, no(JUNE))
    expect(await member()).toMatchObject({ since: null, saidAt: new Date(JUNE) })
    await store(AS_IMPORT, yes(JULY))
    expect(await member()).toMatchObject({ since: new Date(JULY) })
  })

  test.each([
    ['an earlier one', AS_IMPORT, yes(MAY), false],
    ['one at the same time', AS_IMPORT, yes(JUNE), false],
    ['an earlier one of a list that replaces', REPLACING, yes(MAY), false],
    ['one without a time', AS_IMPORT, yes(), false],
    ['one without a time, of a list that replaces', REPLACING, yes(), true],
    ['an earlier one that the app sends late', AS_APP, yes(MAY), false],
    ['the app, now', AS_APP, yes(), true],
  ] as const)('after a withdrawal with a time: %s', async (_, options, given, isGiven) => {
    const { store, member } = await setup()
    await store(AS_IMPORT, no(JUNE))
    await store(options, given)
    expect((await member()).since !== null).toBe(isGiven)
  })

  test.each([
    ['without a time', no(), null],
    ['with a later one', no(JULY), null],
    ['with an earlier one', no(MAY), new Date(JUNE)],
  ] as const)('is withdrawn %s', async (_, given, since) => {
    const { store, member } = await setup()
    await store(AS_IMPORT, yes(JUNE))
    await store(AS_IMPORT, given)
    expect((await member()).since).toEqual(since)
  })

  test('of a list without a time is withdrawn by what was said before the list came', async () => {
    const { store, member } = await setup()
    await store(AS_IMPORT, yes())
    await store(AS_IMPORT, no(MAY))
    expect(await member()).toMatchObject({ since: null, saidAt: new Date(MAY) })
  })

  test('keeps its day when an app says its switch again, and has another when it is confirmed', async () => {
    const { pool, store, member } = await setup()
    await store(AS_IMPORT, yes(MAY))
    await store(AS_APP, yes())
    await store(AS_IMPORT, yes())
    expect(await member()).toMatchObject({ since: new Date(MAY), source: 'import' })
    await store(AS_APP, yes(JULY))
    expect(await member()).toMatchObject({ since: new Date(JULY), source: 'registration' })
    const before = Date.now()
    await changeMember(pool, 'ada', { marketingConsent: true }, { id: BY, seen: undefined })
    expect((await member()).since.getTime()).toBeGreaterThanOrEqual(before - 1_000)
  })

  test('of two rows of one list is one statement: the later one, or the refusal', async () => {
    const { store, member } = await setup()
    await store(AS_IMPORT, yes(JULY), no(MAY))
    expect(await member()).toMatchObject({ since: new Date(JULY) })
    await store(AS_IMPORT, no(), yes())
    expect(await member()).toMatchObject({ since: null })
  })

  test('to one is none to the other', async () => {
    const { pool, member } = await setup()
    const row = aDevice({ address: 'a', externalId: 'ada', night: yes(MAY) })
    await storeMembersOnly(pool, [row], AS_IMPORT)
    expect(await member()).toMatchObject({ since: null, source: null, night: new Date(MAY) })
  })

  test('a person who names a time before the later statement is told so', async () => {
    const { pool, store, member } = await setup()
    await store(AS_APP, no(JUNE))
    const given = { marketingConsent: true, marketingConsentAt: new Date(MAY) }
    const changing = changeMember(pool, 'ada', given, { id: BY, seen: undefined })
    await expect(changing).rejects.toMatchObject({ code: 'consent_superseded' })
    expect(await member()).toMatchObject({ since: null, source: 'registration' })
    await changeMember(
      pool,
      'ada',
      { ...given, marketingConsentAt: new Date(JULY) },
      { id: BY, seen: undefined },
    )
    expect(await member()).toMatchObject({ since: new Date(JULY), source: 'person' })
  })
})

describe('two years', () => {
  test.each([
    // 00:00 in Seoul is 15:00 of the day before.
    ['2026-11-30T14:59:59Z', '2024-11-30T15:00:00Z'],
    ['2026-11-30T15:00:00Z', '2024-12-01T15:00:00Z'],
    // There was no 29th of February.
    ['2028-02-29T03:00:00Z', '2026-02-28T15:00:00Z'],
    ['2026-03-01T03:00:00Z', '2024-03-01T15:00:00Z'],
  ])('are over at %s for consents of before %s', (now, before) => {
    expect(dueBefore(new Date(now), 'Asia/Seoul')).toEqual(new Date(before))
  })

  test('page by page, the oldest first, without those who have opted out', async () => {
    const { pool } = await setup()
    const ages = ['2023-05-01', '2022-05-01', '2024-01-01', '2022-05-01', '2026-01-01']
    await storeMembersOnly(
      pool,
      ages.map((day, i) =>
        aDevice({ address: 'a', externalId: `m${i}`, marketing: yes(`${day}T00:00:00Z`) }),
      ),
      AS_IMPORT,
    )
    await pool.query(`UPDATE members SET opted_out_at = now() WHERE external_id = 'm2'`)
    const before = new Date('2024-11-30T15:00:00Z')
    const first = await listDueConsents(pool, 'marketing', before, 2)
    const rest = await listDueConsents(pool, 'marketing', before, 2, first[1])
    expect([...first, ...rest].map(({ externalId }) => externalId)).toEqual(['m1', 'm3', 'm0'])
    expect(await listDueConsents(pool, 'night', before, 2)).toEqual([])
  })
})

/** The chain of audit events: that it holds, that nobody changes it, and that whoever does is found. */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { importDevices } from '../../src/audience/import/import-devices.ts'
import { checkChain } from '../../src/audit/check-chain.ts'
import { cutEvents } from '../../src/audit/cut-events.ts'
import { eventHash } from '../../src/audit/event-hash.ts'
import { inDeed } from '../../src/audit/note-deeds.ts'
import type { Deed } from '../../src/domain/deeds.ts'
import type { Pool } from '../../src/postgres/pool.ts'
import { actingFor } from '../../src/process/acting.ts'
import { testEnv } from '../support/config.ts'
import { createTestDatabase } from '../support/database.ts'
import { until } from '../support/until.ts'
import { behindTriggers, rewriteChain } from './rewrite-chain.ts'

const DEED: Deed = {
  deed: 'campaign.sent',
  subject: { kind: 'campaign', id: '01990000-0000-7000-8000-000000000000' },
  detail: { devices: 2_000_000, text: 'ü, 한국어 and "quotes": 12:34' },
}

const doDeed = (pool: Pool, deed: Deed = DEED) => inDeed(pool, async (_tx, note) => note(deed))

async function setup(events = 0) {
  const { pool, url } = await createTestDatabase()
  const actor = { kind: 'user', id: 'u1', name: 'Ada: 7' } as const
  for (let i = 0; i < events; i++) {
    await actingFor({ actor, address: i % 2 ? '127.0.0.1' : null, requestId: 'r1' }, () => doDeed(pool))
  }
  const broken = async () => (await checkChain(pool)).broken
  return { pool, url, broken }
}

test('the form of the hash is the one of the documents', () => {
  const given = {
    seq: '7',
    at: '2026-11-30T21:00:00.000001Z',
    actorKind: 'user',
    actorId: null,
    actorName: 'Zoë',
    deed: 'campaign.sent',
    subjectKind: 'campaign',
    subjectId: 'c1',
    detail: '{"a":1}',
    address: null,
    requestId: 'r',
    previousHash: '00'.repeat(32),
  }
  const text = `64:${'00'.repeat(32)}1:727:2026-11-30T21:00:00.000001Z4:user-4:Zoë13:campaign.sent8:campaign2:c17:{"a":1}-1:r`
  expect(eventHash(given)).toBe(createHash('sha256').update(text).digest('hex'))
})

test('events written at once are in one chain, without a gap', async () => {
  const { pool } = await setup()
  await Promise.all(Array.from({ length: 60 }, () => doDeed(pool)))
  await inDeed(pool, async (_tx, note) => {
    for (let i = 0; i < 5; i++) note(DEED)
  })
  expect(await checkChain(pool, null, 7)).toMatchObject({
    events: 65,
    firstSeq: 1,
    head: { seq: 65 },
    broken: null,
  })
})

test('a deed that is rolled back leaves no gap', async () => {
  const { pool } = await setup(1)
  const failing = inDeed(pool, async (tx, note) => {
    note(DEED)
    await tx.query('SELECT 1/0')
  })
  await expect(failing).rejects.toThrow('division by zero')
  await doDeed(pool)
  expect(await checkChain(pool)).toMatchObject({ events: 2, head: { seq: 2 }, broken: null })
})

describe('nobody changes', () => {
  test.each([
    ['an event', `UPDATE audit_events SET actor_name = 'somebody else' WHERE seq = 2`],
    ['events, by deleting', 'DELETE FROM audit_events WHERE seq = 1'],
    ['events, by deleting all', 'TRUNCATE audit_events'],
    ['the ends', `UPDATE audit_head SET seq = 1`],
    ['the hash of the end', `UPDATE audit_head SET hash = '\\x00'`],
    ['the ends, by deleting', 'DELETE FROM audit_head'],
    ['the ends, by deleting all', 'TRUNCATE audit_head'],
    [
      'where the chain begins',
      'UPDATE audit_head SET anchor_seq = e.seq, anchor_hash = e.hash FROM audit_events e WHERE e.seq = 2',
    ],
  ])('%s', async (_, sql) => {
    const { pool, broken } = await setup(3)
    await expect(pool.query(sql)).rejects.toMatchObject({ code: '42501' })
    expect(await broken()).toBeNull()
    expect((await pool.query('SELECT FROM audit_events')).rowCount).toBe(3)
  })

  test('the number, the time or the hash of what is written: PostgreSQL gives them', async () => {
    const { pool, broken } = await setup(1)
    await pool.query(`INSERT INTO audit_events (seq, at, actor_kind, actor_name, deed, subject_kind, detail, previous_hash, hash)
      VALUES (99, '2001-01-01', 'user', 'x', 'y', 'z', '{}', '\\x00', '\\x00')`)
    const { rows } = await pool.query(
      `SELECT seq, at > now() - interval '1 minute' AS "isNow" FROM audit_events WHERE deed = 'y'`,
    )
    expect(rows).toEqual([{ seq: 2, isNow: true }])
    expect(await broken()).toBeNull()
  })
})

describe('whoever gets behind the triggers is found:', () => {
  const changed = 'its hash is not that of its columns: it was changed'
  test.each([
    ...[
      `at = at + interval '1 microsecond'`,
      `actor_kind = 'api_key'`,
      `actor_id = 'u2'`,
      `actor_name = 'Bob'`,
      `deed = 'campaign.paused'`,
      `subject_kind = 'schedule'`,
      `subject_id = NULL`,
      `detail = '{"devices": 2}'`,
      `address = '10.0.0.1'`,
      `request_id = ''`,
      `hash = decode(repeat('ab', 32), 'hex')`,
    ].map((set) => [`UPDATE audit_events SET ${set} WHERE seq = 2`, 2, changed]),
    [`DELETE FROM audit_events WHERE seq = 1`, 2, 'the row after 0 is missing'],
    [`DELETE FROM audit_events WHERE seq = 3`, 4, 'the row after 2 is missing'],
    [`DELETE FROM audit_events WHERE seq = 5`, 5, 'the last events are missing: there were 5'],
    [`DELETE FROM audit_events`, 1, 'the last events are missing: there were 5'],
    [
      `UPDATE audit_events SET previous_hash = hash WHERE seq = 4`,
      4,
      'it does not follow row 3: its previous_hash is another',
    ],
    [`UPDATE audit_head SET seq = 4`, 6, 'audit_head names another end'],
    [`UPDATE audit_head SET anchor_seq = 2`, 1, 'it is before the place where retention has cut'],
    [`UPDATE audit_head SET anchor_hash = hash`, 1, 'it does not follow row 0: its previous_hash is another'],
    [`DELETE FROM audit_head`, 0, 'audit_head has no row: somebody has deleted it'],
  ] as [string, number, string][])('%s', async (sql, seq, problem) => {
    const { pool, broken } = await setup(5)
    await behindTriggers(pool, sql)
    expect(await broken()).toEqual({ seq, problem })
  })

  test('also who computes all hashes anew, by an end that was kept elsewhere', async () => {
    const { pool } = await setup(5)
    const { head } = await checkChain(pool)
    await doDeed(pool)
    expect((await checkChain(pool, head)).broken).toBeNull()
    await rewriteChain(pool, `UPDATE audit_events SET actor_name = 'Bob' WHERE seq = 2`)
    expect((await checkChain(pool)).broken).toBeNull()
    expect((await checkChain(pool, head)).broken).toMatchObject({ seq: 5 })
    await behindTriggers(pool, 'DELETE FROM audit_events WHERE seq > 3')
    await behindTriggers(
      pool,
      'UPDATE audit_head SET (seq, hash) = (SELECT seq, hash FROM audit_events WHERE seq = 3)',
    )
    expect((await checkChain(pool)).broken).toBeNull()
    expect((await checkChain(pool, head)).broken).toMatchObject({ seq: 4 })
  })
})

describe('retention', () => {
  const daysAgo = (days: number, which: string) =>
    `UPDATE audit_events SET at = now() - interval '${days} days' + seq * interval '1 s' WHERE ${which}`

  test('deletes whole old stretches, says so, and the chain is checked from there', async () => {
    const { pool } = await setup(12)
    await rewriteChain(pool, daysAgo(100, 'seq <= 7'))
    expect(await cutEvents(pool, 101)).toBe(0)
    expect(await cutEvents(pool, 90, 3)).toBe(7)
    // In three parts, each with its event.
    expect(await checkChain(pool)).toMatchObject({
      anchorSeq: 7,
      firstSeq: 8,
      events: 8,
      head: { seq: 15 },
      broken: null,
    })
    const { rows } = await pool.query(
      `SELECT actor_kind AS actor, detail FROM audit_events WHERE deed = 'retention.audit_deleted' ORDER BY seq`,
    )
    expect(rows.map(({ actor, detail }) => [actor, detail.deleted, detail.throughSeq])).toEqual([
      ['process', 3, 3],
      ['process', 3, 6],
      ['process', 1, 7],
    ])
    expect(await cutEvents(pool, 90)).toBe(0)
    await behindTriggers(pool, 'DELETE FROM audit_events WHERE seq = 8')
    expect((await checkChain(pool)).broken).toEqual({ seq: 9, problem: 'the row after 7 is missing' })
  })

  test('leaves an empty log that goes on', async () => {
    const { pool } = await setup(3)
    await rewriteChain(pool, daysAgo(100, 'true'))
    await pool.query('SELECT cut_audit_events(90, 100)')
    expect(await checkChain(pool)).toMatchObject({ events: 0, anchorSeq: 3, head: { seq: 3 }, broken: null })
    await doDeed(pool)
    expect(await checkChain(pool)).toMatchObject({ events: 1, firstSeq: 4, broken: null })
  })

  test('of less than 30 days is refused by the database', async () => {
    const { pool } = await setup(3)
    await rewriteChain(pool, daysAgo(20, 'true'))
    await expect(pool.query('SELECT cut_audit_events(10, 100)')).rejects.toMatchObject({ code: '42501' })
  })
})

describe('nobody waits long for the end of the chain', () => {
  test('a deed that takes long locks it for its last statement only', async () => {
    const { pool } = await setup()
    const held = Promise.withResolvers<void>()
    const begun = Promise.withResolvers<void>()
    const slow = inDeed(pool, async (tx, note) => {
      note(DEED)
      // One connection answers in order: an event that was written with the note is in the table by now.
      await tx.query('SELECT 1')
      begun.resolve()
      await held.promise
    })
    await begun.promise
    await doDeed(pool)
    await doDeed(pool)
    expect((await checkChain(pool)).events).toBe(2)
    held.resolve()
    await slow
    expect(await checkChain(pool)).toMatchObject({ events: 3, broken: null })
  })

  test('an import that takes hours locks it twice, for a moment', async () => {
    const { pool } = await setup()
    const held = Promise.withResolvers<void>()
    const source = (async function* () {
      yield Buffer.from('address,externalId,platform\na1,m1,ios\n')
      await held.promise
      yield Buffer.from('a2,m2,ios\n')
    })()
    const store = { projectId: 1, isAlive: false, optOuts: 'keep', source: 'import', by: null } as const
    const importing = importDevices(pool, source, { store }, { maxBytes: 1e6, headBytes: 30, chunkLines: 1 })
    await until(async () => (await checkChain(pool)).events === 1, { what: 'the import has begun' })
    await doDeed(pool)
    held.resolve()
    expect(await importing).toMatchObject({ created: 2 })
    const { rows } = await pool.query('SELECT deed FROM audit_events ORDER BY seq')
    expect(rows.map(({ deed }) => deed)).toEqual([
      'devices.import_begun',
      'campaign.sent',
      'devices.imported',
    ])
  })
})

test('npm run doctor says what it found, by its exit status too', async () => {
  const { pool, url } = await setup(4)
  const doctor = (...args: string[]) =>
    new Promise<[number | string, string]>((resolve) => {
      const env = testEnv({ DATABASE_URL: url })
      execFile(process.execPath, ['workers/doctor.ts', ...args], { env }, (error, stdout, stderr) =>
        resolve([error?.code ?? 0, stdout + stderr]),
      )
    })
  const [code, whole] = await doctor()
  expect([code, whole]).toEqual([0, expect.stringContaining('The audit log is whole: 4 events, 1 to 4.')])
  const end = /kept elsewhere: (\S+)/.exec(whole)?.[1] as string
  expect((await doctor('--known', end))[0]).toBe(0)
  await rewriteChain(pool, `UPDATE audit_events SET actor_name = 'Bob' WHERE seq = 1`)
  expect(await doctor('--known', end)).toEqual([1, expect.stringContaining('broken at event 4')])
  await behindTriggers(pool, `UPDATE audit_events SET actor_name = 'Eve' WHERE seq = 2`)
  expect(await doctor()).toEqual([
    1,
    expect.stringMatching(/broken at event 2: its hash is not that of its columns.*1 events before it fit/),
  ])
  expect(await doctor('--known', 'x')).toEqual([2, expect.stringContaining('--known is "x"')])
})

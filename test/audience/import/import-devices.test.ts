import { expect, test } from 'vitest'
import { importDevices } from '../../../src/audience/import/import-devices.ts'
import { AS_IMPORT } from '../../support/a-device.ts'
import { createTestDatabase } from '../../support/database.ts'
import { until } from '../../support/until.ts'

const OPTIONS = { store: AS_IMPORT }
/** Judged by its header alone, so that no more is read than is stored. */
const LIMITS = { maxBytes: 1_000_000, chunkLines: 1, headBytes: 1 }

/** A file whose every line is a chunk of its own; `taken` is how many pieces the import has asked for. */
function fileOf(lines: readonly string[]) {
  const file = {
    taken: 0,
    async *[Symbol.asyncIterator]() {
      for (const line of ['address,externalId,platform', ...lines]) {
        file.taken += 1
        yield Buffer.from(`${line}\n`)
      }
    },
  }
  return file
}

async function setup() {
  const { pool } = await createTestDatabase()
  const head = ['a1,anna,ios', 'a2,anna,ios', 't1,anna,ios']
  await importDevices(pool, fileOf(head), OPTIONS, LIMITS)
  await pool.query(`UPDATE devices SET last_seen_at = '2020-01-01'`)
  /** Whoever wants to write to these devices has to wait. */
  const hold = async (tokens: string[]) => {
    const client = await pool.connect()
    await client.query('BEGIN')
    await client.query('SELECT FROM devices WHERE address = ANY($1) FOR UPDATE', [tokens])
    return async () => {
      await client.query('COMMIT')
      client.release()
    }
  }
  const untilHeld = (transactions: number) =>
    until(
      async () => {
        const { rows } = await pool.query(
          `SELECT count(*) AS n FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
        )
        return rows[0].n === transactions
      },
      { what: `${transactions} chunks wait for a held device` },
    )
  const memberOf = async (token: string) => {
    const { rows } = await pool.query(
      'SELECT m.external_id AS member FROM devices d JOIN members m ON m.id = d.member_id WHERE d.address = $1',
      [token],
    )
    return rows[0]?.member
  }
  return { pool, hold, untilHeld, memberOf }
}

test('a chunk is stored while the one before it waits, and a third is not read', async () => {
  const { pool, hold, untilHeld, memberOf } = await setup()
  const letGo = await hold(['a1', 'a2'])
  const file = fileOf(['a1,anna,web', 'n1,new,ios', 'a2,bert,web', 'n2,newer,ios', 'n3,newest,ios'])
  const importing = importDevices(pool, file, OPTIONS, LIMITS)
  await until(() => memberOf('n1'), { what: 'the second chunk is stored' })
  await untilHeld(2)
  // The header, three chunks, and the one that waits for its turn.
  expect(file.taken).toBe(5)
  await letGo()
  expect(await importing).toMatchObject({ accepted: 5, created: 3, updated: 1, moved: 1 })
})

test.each([
  ['token', 'a1,anna,web', 'a1,carl,ios', 'a1'],
  ['member', 'a1,dora,web', 'n1,dora,ios', 'n1'],
])('a chunk with a %s of the one before it waits for it', async (_, first, second, token) => {
  const { pool, hold, untilHeld, memberOf } = await setup()
  const letGo = await hold(['a1'])
  const file = fileOf([first, second, 'z1,zoe,ios'])
  const importing = importDevices(pool, file, OPTIONS, LIMITS)
  await untilHeld(1)
  expect(file.taken).toBe(3)
  await letGo()
  await importing
  expect(await memberOf(token)).toBe(second.split(',')[1])
})

test('a chunk that cannot be stored ends the import, which says how much is', async () => {
  const { pool, memberOf } = await setup()
  await pool.query(`ALTER TABLE devices ADD CHECK (address <> 'bad')`)
  const lines = [
    'n1,new,ios',
    'bad,newer,ios',
    ...Array.from({ length: 100_000 }, (_, n) => `m${n},m${n},ios`),
  ]
  const file = fileOf(lines)
  const failed = await importDevices(pool, file, OPTIONS, LIMITS).catch((error: Error) => error)
  expect(failed).toMatchObject({ code: 'import_failed' })
  expect(file.taken).toBeLessThan(lines.length)
  const { rows } = await pool.query('SELECT count(*) - 3 AS stored FROM devices')
  expect((failed as Error).message).toContain(`${rows[0].stored} devices are stored`)
  expect(await memberOf('n1')).toBe('new')
})

test('so does the last chunk', async () => {
  const { pool } = await setup()
  await pool.query(`ALTER TABLE devices ADD CHECK (address <> 'bad')`)
  const importing = importDevices(pool, fileOf(['n1,new,ios', 'bad,newer,ios']), OPTIONS, LIMITS)
  await expect(importing).rejects.toMatchObject({ code: 'import_failed' })
})

import type pg from 'pg'
import { expect, test } from 'vitest'
import { storeDevices } from '../../src/audience/device-store.ts'
import { AS_IMPORT, aDevice } from '../support/a-device.ts'
import { createTestDatabase } from '../support/database.ts'

/** As large as one of an import. */
const CHUNK = 4_000

test('the first import of an installation looks each key up, although its tables have no statistics yet', async () => {
  const { pool } = await createTestDatabase()
  await pool.query('ALTER TABLE devices SET (autovacuum_enabled = off)')
  await pool.query('ALTER TABLE members SET (autovacuum_enabled = off)')
  const store = (chunk: number) =>
    storeDevices(
      pool,
      Array.from({ length: CHUNK }, (_, i) =>
        aDevice({ address: `address-${chunk}-${i}`, externalId: `member-${chunk}-${i}` }),
      ),
      AS_IMPORT,
    )
  const { begin, statements } = await recorded(pool, () => store(0))
  expect(statements.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['devices-store', 'members-store']),
  )
  const client = await pool.connect()
  try {
    await client.query(begin)
    for (const { name, text, values } of statements) {
      const { rows } = await client.query<{ 'QUERY PLAN': string }>(`EXPLAIN ${text}`, values)
      const plan = rows.map((row) => row['QUERY PLAN']).join('\n')
      expect(plan, name).not.toMatch(/Materialize|Seq Scan on (devices|members)|(Hash|Merge)( Left)? Join/)
    }
  } finally {
    await client.query('ROLLBACK')
    client.release()
  }
})

type Statement = pg.QueryConfig & { text: string; values: unknown[] }

/** The statements that an action sends in its transaction, and what it begins that with. */
async function recorded(
  pool: pg.Pool,
  action: () => Promise<unknown>,
): Promise<{ begin: string; statements: Statement[] }> {
  let begin = ''
  const statements: Statement[] = []
  const connect = pool.connect.bind(pool)
  pool.connect = (async () => {
    const client = await connect()
    const query = client.query.bind(client) as (...given: unknown[]) => Promise<unknown>
    client.query = ((given: string | Statement, ...more: unknown[]) => {
      if (typeof given !== 'string') statements.push(given)
      else if (given.startsWith('BEGIN')) begin = given
      return query(given, ...more)
    }) as never
    return client
  }) as never
  await action()
  pool.connect = connect as never
  return { begin, statements }
}

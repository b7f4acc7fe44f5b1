/**
 * Fills a fresh database with devices, as fast as PostgreSQL takes them: members are made in SQL, devices come as one
 * COPY stream, in flat memory, because their tokens have to be those that the fake FCM can count one by one. What
 * would be checked row by row is checked at once at the end: the indexes and the foreign key are made anew.
 */
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { from as copyFrom } from 'pg-copy-streams'
import type { Pool } from '../../src/postgres/pool.ts'
import { platformFor, tokenFor } from '../fake-fcm/token.ts'

const ROWS_A_PIECE = 1_000
const FOREIGN_KEY = 'devices_member_id_fkey'

/** The tokens are those numbered 0 to `devices - 1` of the seed, the ids 1 to `devices`; 80 % as many members. */
export async function seedDevices(
  pool: Pool,
  devices: number,
  seed: number,
  onRows: (count: number) => void,
  signal: AbortSignal,
): Promise<void> {
  const members = Math.ceil(devices * 0.8)
  const client = await pool.connect()
  try {
    // Ten million rows and their indexes take longer than any statement of the service may.
    await client.query('SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0')
    await client.query(
      `INSERT INTO members (external_id) SELECT 'member-' || n FROM generate_series(1, $1::int) n`,
      [members],
    )
    const { rows: indexes } = await client.query<{ name: string; definition: string }>(
      `SELECT indexname AS name, indexdef AS definition FROM pg_indexes
       WHERE tablename = 'devices' AND schemaname = current_schema() AND indexname <> 'devices_pkey'`,
    )
    const { rows: keys } = await client.query<{ definition: string }>(
      'SELECT pg_get_constraintdef(oid) AS definition FROM pg_constraint WHERE conname = $1',
      [FOREIGN_KEY],
    )
    await client.query(`ALTER TABLE devices DROP CONSTRAINT ${FOREIGN_KEY}`)
    for (const { name } of indexes) await client.query(`DROP INDEX ${name}`)
    const copy = client.query(copyFrom('COPY devices (member_id, address, platform) FROM STDIN'))
    await pipeline(Readable.from(pieces(devices, members, seed, onRows)), copy, { signal })
    for (const { definition } of indexes) await client.query(definition)
    await client.query(`ALTER TABLE devices ADD CONSTRAINT ${FOREIGN_KEY} ${keys[0]?.definition}`)
    await client.query('ANALYZE members; ANALYZE devices')
    await client.query('RESET statement_timeout; RESET idle_in_transaction_session_timeout')
    client.release()
  } catch (error) {
    client.release(error as Error)
    throw error
  }
}

function* pieces(
  devices: number,
  members: number,
  seed: number,
  onRows: (count: number) => void,
): Generator<Buffer> {
  for (let index = 0; index < devices; ) {
    const end = Math.min(devices, index + ROWS_A_PIECE)
    let piece = ''
    for (; index < end; index++) {
      piece += `${(index % members) + 1}\t${tokenFor(index, { seed })}\t${platformFor(index)}\n`
    }
    yield Buffer.from(piece, 'latin1')
    onRows(index)
  }
}

/** Looks for a text in everything a database holds: each column of each table, partitions included. */
import pg from 'pg'
import type { Queryable } from '../../src/postgres/pool.ts'

/** The tables that have a row with the text, as it is or, in a bytea, as its bytes. */
export async function tablesWith(db: Queryable, text: string): Promise<string[]> {
  const { rows: tables } = await db.query<{ name: string }>(
    `SELECT relname AS name FROM pg_class
     WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace ORDER BY relname`,
  )
  const found: string[] = []
  for (const { name } of tables) {
    const { rows } = await db.query<{ found: boolean }>(
      `SELECT EXISTS (SELECT FROM ${pg.escapeIdentifier(name)} t
         WHERE strpos(t::text, $1) > 0 OR strpos(t::text, encode(convert_to($1, 'UTF8'), 'hex')) > 0) AS found`,
      [text],
    )
    if (rows[0]?.found) found.push(name)
  }
  return found
}

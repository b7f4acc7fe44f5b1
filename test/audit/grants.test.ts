/** With the grants that docs/security.md asks for, whoever has taken over the application adds events and changes none. */
import { expect, test } from 'vitest'
import { checkChain } from '../../src/audit/check-chain.ts'
import { createTestDatabase } from '../support/database.ts'
import { rewriteChain } from './rewrite-chain.ts'

const INSERT = `INSERT INTO audit_events (actor_kind, actor_name, deed, subject_kind, detail) VALUES ('user', 'x', 'y', 'z', '{}')`

test('a role that runs Carillon inserts, and lets retention cut, and nothing else', async () => {
  const { pool, name } = await createTestDatabase()
  await pool.query(INSERT)
  await rewriteChain(pool, `UPDATE audit_events SET at = now() - interval '100 days'`)
  const client = await pool.connect()
  const role = `${name}_runs`
  try {
    // Roles are of the whole server: this one is never committed.
    await client.query(`BEGIN; CREATE ROLE ${role};
      GRANT SELECT, INSERT ON audit_events TO ${role}; GRANT SELECT ON audit_head TO ${role};
      REVOKE EXECUTE ON FUNCTION cut_audit_events(integer, integer) FROM PUBLIC;
      GRANT EXECUTE ON FUNCTION cut_audit_events(integer, integer) TO ${role};
      SET LOCAL ROLE ${role}`)
    await client.query(INSERT)
    for (const sql of [
      `UPDATE audit_events SET actor_name = 'Bob'`,
      'DELETE FROM audit_events',
      'TRUNCATE audit_events',
      'UPDATE audit_head SET anchor_seq = seq, anchor_hash = hash',
      'UPDATE audit_head SET seq = seq + 1',
      'ALTER TABLE audit_events DISABLE TRIGGER ALL',
      'SET LOCAL session_replication_role = replica',
    ]) {
      await client.query('SAVEPOINT before')
      await expect(client.query(sql), sql).rejects.toMatchObject({ code: '42501' })
      await client.query('ROLLBACK TO before')
    }
    // A table of its own that has the name of ours is not the one that the functions use.
    await client.query(`CREATE TEMP TABLE audit_head (id boolean, seq bigint, at timestamptz, hash bytea, anchor_seq bigint, anchor_hash bytea);
      INSERT INTO pg_temp.audit_head VALUES (true, 41, now(), '\\x00', 41, '\\x00')`)
    await client.query(INSERT)
    const { rows } = await client.query('SELECT seq FROM audit_events ORDER BY seq')
    expect(rows.map(({ seq }) => seq)).toEqual([1, 2, 3])
    const { rows: cut } = await client.query('SELECT deleted, through_seq FROM cut_audit_events(90, 100)')
    expect(cut).toEqual([{ deleted: 1, through_seq: 1 }])
  } finally {
    await client.query('ROLLBACK')
    client.release()
  }
  expect(await checkChain(pool)).toMatchObject({ events: 1, broken: null })
})

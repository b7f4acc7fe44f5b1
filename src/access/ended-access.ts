/** Whether those who were let in some time ago would be let in still. For connections that outlive a request. */
import type { Pool } from '../postgres/pool.ts'
import { IDLE_MS } from './sessions.ts'

/** What somebody was let in by. */
export interface Access {
  kind: 'api_key' | 'session'
  /** The id of the key; the hash of the session's token, in hex. */
  id: string
}

/** Returns the ids of those that are revoked, over or gone. */
export async function findEndedAccess(pool: Pool, accesses: Iterable<Access>): Promise<Set<string>> {
  const ids = { api_key: new Set<string>(), session: new Set<string>() }
  for (const { kind, id } of accesses) ids[kind].add(id)
  const { rows } = await pool.query<{ id: string }>({
    name: 'find-ended-access',
    text: ENDED,
    values: [[...ids.api_key], [...ids.session], IDLE_MS / 1000],
  })
  return new Set(rows.map(({ id }) => id))
}

const GOOD_KEY = 'k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > now())'

/** $1 keys, $2 sessions, $3 seconds a session may be idle. */
const ENDED = `
SELECT t.id::text FROM unnest($1::uuid[]) AS t (id)
WHERE NOT EXISTS (SELECT FROM api_keys k WHERE k.id = t.id AND ${GOOD_KEY})
UNION ALL
SELECT t.hash FROM unnest($2::text[]) AS t (hash)
WHERE NOT EXISTS (
  SELECT FROM sessions s
  LEFT JOIN users u ON u.id = s.user_id AND u.disabled_at IS NULL
  LEFT JOIN api_keys k ON k.id = s.api_key_id AND ${GOOD_KEY}
  WHERE s.hash = decode(t.hash, 'hex') AND s.expires_at > now() AND s.seen_at > now() - make_interval(secs => $3)
    AND num_nonnulls(u.id, k.id) = 1)`

/** What the filters of a list can be set to: who has created campaigns, the tags they have, and the projects. */
import type { Pool } from '../postgres/pool.ts'
import { IS_SHOWN } from './read-campaigns.ts'

export interface ListChoices {
  authors: { id: string; name: string }[]
  tags: string[]
  projects: { id: number; name: string }[]
}

/** More are no choice that anybody reads. */
const MOST = 500

/**
 * In the order of their names. Of API keys that were revoked too: their campaigns are still there. An author whose user or
 * key no longer exists has no name and is left out.
 */
export async function listChoices(pool: Pool): Promise<ListChoices> {
  const { rows } = await pool.query<ListChoices>({ name: 'list-choices', text: CHOICES, values: [MOST] })
  return rows[0] ?? { authors: [], tags: [], projects: [] }
}

const CHOICES = `
SELECT
  (SELECT coalesce(jsonb_agg(jsonb_build_object('id', a.id, 'name', a.name) ORDER BY lower(a.name), a.id), '[]') FROM (
    SELECT n.id, n.name FROM (SELECT id, name FROM users UNION ALL SELECT id, name FROM api_keys) n
    WHERE EXISTS (SELECT FROM campaigns c WHERE c.created_by = n.id AND c.${IS_SHOWN})
    ORDER BY lower(n.name), n.id LIMIT $1) a) AS authors,
  (SELECT coalesce(jsonb_agg(t.tag ORDER BY lower(t.tag), t.tag), '[]') FROM (
    SELECT DISTINCT unnest(c.tags) AS tag FROM campaigns c WHERE c.tags <> '{}' AND c.${IS_SHOWN}
    ORDER BY tag LIMIT $1) t) AS tags,
  (SELECT coalesce(jsonb_agg(jsonb_build_object('id', p.id, 'name', p.name) ORDER BY lower(p.name), p.id), '[]')
   FROM (SELECT id, name FROM projects ORDER BY lower(name), id LIMIT $1) p) AS projects`

/**
 * Takes an erased member out of drafts that are still being written: there its id may stand anywhere in what somebody has typed.
 * The same draft's audience is cleared with it, so that the campaign is counted once.
 */
import { memberPseudonym } from '../audit/member-pseudonym.ts'
import { inDeed } from '../audit/note-deeds.ts'
import { withoutName } from '../domain/without-name.ts'
import type { Pool } from '../postgres/pool.ts'
import { NEW_VERSION } from './transition.ts'

/** Read and written at a time: each may have as much as a request's body. */
const PART = 10

/** Returns how many drafts have named the member, and whether none does any more. `deadline`: of performance.now(). */
export async function forgetInUnfinished(
  pool: Pool,
  externalId: string,
  deadline: number,
): Promise<{ campaigns: number; isDone: boolean }> {
  let campaigns = 0
  let after: string | null = null
  for (;;) {
    const part: Part = await forgetPart(pool, externalId, after)
    campaigns += part.changed
    if (part.last === null) return { campaigns, isDone: true }
    after = part.last
    if (performance.now() >= deadline) return { campaigns, isDone: false }
  }
}

interface Part {
  changed: number
  /** The id of the last one looked at; null: there are no more. */
  last: string | null
}

async function forgetPart(pool: Pool, externalId: string, after: string | null): Promise<Part> {
  return await inDeed(pool, async (tx, note) => {
    const { rows } = await tx.query<{ id: string; unfinished: unknown }>({
      name: 'find-drafts-with-text',
      text: `SELECT id, unfinished FROM campaigns
             WHERE unfinished IS NOT NULL AND ($1::uuid IS NULL OR id > $1)
               AND strpos(normalize(unfinished::text), $2) > 0
             ORDER BY id LIMIT ${PART} FOR NO KEY UPDATE`,
      values: [after, JSON.stringify(externalId).slice(1, -1)],
    })
    let changed = 0
    for (const { id, unfinished } of rows) {
      const left = withoutName(unfinished, externalId)
      if (left === unfinished) continue
      changed += 1
      await tx.query({
        name: 'campaign-forget-text',
        text: `UPDATE campaigns SET unfinished = $2, ${NEW_VERSION},
                 audience = CASE WHEN audience ? 'externalIds'
                   THEN jsonb_set(audience, '{externalIds}', (audience -> 'externalIds') - $3::text) ELSE audience END
               WHERE id = $1`,
        values: [id, JSON.stringify(left), externalId],
      })
    }
    if (changed > 0) {
      const subject = { kind: 'member', id: memberPseudonym(externalId) } as const
      note({ deed: 'member.taken_out', subject, detail: { drafts: changed } })
    }
    return { changed, last: rows.length < PART ? null : (rows.at(-1)?.id ?? null) }
  })
}

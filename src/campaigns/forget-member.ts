/**
 * Takes an erased member out of the audiences that name it: of drafts, and of campaigns that were sent, whose counts stay. A
 * list whose last member is erased stays a list, of nobody: it never becomes everybody. Of deleted campaigns too: they can
 * be restored.
 *
 * Found by an index, campaigns_named_idx. Each part is a transaction of its own, so a member who is in all of 30,000 campaigns
 * holds up nobody, and a request that has no time left is repeated and goes on from there.
 */
import { memberPseudonym } from '../audit/member-pseudonym.ts'
import { inDeed } from '../audit/note-deeds.ts'
import type { Deed } from '../domain/deeds.ts'
import type { Pool } from '../postgres/pool.ts'
import { forgetInUnfinished } from './forget-unfinished.ts'
import { HAS_EDITABLE_STATE } from './transition.ts'

/** Campaigns looked up at a time, and changed by one statement: lists have up to 10,000 ids, and each is written anew. */
const FOUND = 5_000
const PART = 25

/** Returns how many campaigns have named the member, and whether none does any more. `deadline`: of performance.now(). */
export async function forgetMember(
  pool: Pool,
  externalId: string,
  deadline: number,
): Promise<{ campaigns: number; isDone: boolean }> {
  // First: a schedule would make more campaigns that name the member. They are a handful.
  await inDeed(pool, async (tx, note) => {
    const { rowCount: schedules } = await tx.query({
      name: 'schedule-forget-member',
      text: FORGET_IN_SCHEDULES,
      values: [externalId],
    })
    if (schedules) note(takenOut(externalId, { schedules }))
  })
  const drafts = await forgetInUnfinished(pool, externalId, deadline)
  if (!drafts.isDone) return drafts
  let { campaigns } = drafts
  for (;;) {
    const { rows } = await pool.query<{ id: string }>({
      name: 'find-campaigns-naming',
      text: `SELECT id FROM campaigns WHERE ${NAMES_IT} LIMIT $2`,
      values: [externalId, FOUND],
    })
    const ids = rows.map(({ id }) => id).sort()
    for (let at = 0; at < ids.length; at += PART) {
      if (at > 0 && performance.now() >= deadline) return { campaigns, isDone: false }
      campaigns += await inDeed(pool, async (tx, note) => {
        const { rowCount } = await tx.query({
          name: 'campaign-forget-member',
          text: FORGET,
          values: [externalId, ids.slice(at, at + PART)],
        })
        if (rowCount) note(takenOut(externalId, { campaigns: rowCount }))
        return rowCount ?? 0
      })
    }
    if (ids.length < FOUND) return { campaigns, isDone: true }
  }
}

/** Also of an id that is no member any more: what was left by an erasure that broke off. */
function takenOut(externalId: string, detail: { campaigns: number } | { schedules: number }): Deed {
  return { deed: 'member.taken_out', subject: { kind: 'member', id: memberPseudonym(externalId) }, detail }
}

/** $1 externalId. In the words of the index. */
const NAMES_IT = `audience ? 'externalIds' AND (audience -> 'externalIds') @> to_jsonb(ARRAY[$1::text])`

/** $1 externalId. Whoever has an old version open must not save it over this one. */
const FORGET_IN_SCHEDULES = `
UPDATE schedules SET
  audience = jsonb_set(audience, '{externalIds}', (audience -> 'externalIds') - $1::text),
  version = version + 1, updated_at = now()
WHERE id IN (SELECT id FROM schedules WHERE ${NAMES_IT} ORDER BY id FOR NO KEY UPDATE)`

/**
 * $2 campaigns. Whoever has an old version of a draft open must not save it over this one, so its version grows. That of a
 * campaign on its way does not: maintenance counts its results by it (close-campaigns.ts). Locked in the order of their ids.
 */
const FORGET = `
UPDATE campaigns c SET
  audience = jsonb_set(c.audience, '{externalIds}', (c.audience -> 'externalIds') - $1::text),
  version = CASE WHEN ${HAS_EDITABLE_STATE} THEN version + 1 ELSE version END,
  updated_at = CASE WHEN ${HAS_EDITABLE_STATE} THEN now() ELSE updated_at END
WHERE id IN (SELECT id FROM campaigns WHERE id = ANY($2::uuid[]) AND ${NAMES_IT} ORDER BY id FOR NO KEY UPDATE)`

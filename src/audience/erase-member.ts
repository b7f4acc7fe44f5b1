import { memberPseudonym } from '../audit/member-pseudonym.ts'
import { inDeed } from '../audit/note-deeds.ts'
import { isTransient, type Pool } from '../postgres/pool.ts'

export interface ErasedMember {
  /** False: there was no such member, or an earlier request has erased it. */
  wasKnown: boolean
  /** Of all projects. */
  devices: number
  /** Complete ones, to find what else names the member; at most MAX_ADDRESSES. */
  addresses: string[]
}

const TRIES = 5
/** Only test accounts have more devices, and what else names them is deleted within a day anyway. */
const MAX_ADDRESSES = 200

/**
 * Deletes a member with everything that is stored with it, and its devices. A batch on its way finds no device any more and
 * skips it. Results of campaigns stay: they name the device by a number that leads nowhere.
 *
 * Lock order as in device-store.ts: the member, then its devices. An import that is storing a device of this member commits
 * first, and its device is deleted too; one that comes after finds no member and makes a new one, of which nothing but the
 * line is known.
 */
export async function eraseMember(pool: Pool, externalId: string): Promise<ErasedMember> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await inDeed(pool, async (tx, note) => {
        const { rows } = await tx.query<{ id: number }>(
          'SELECT id FROM members WHERE external_id = $1 FOR UPDATE',
          [externalId],
        )
        if (rows[0] === undefined) return { wasKnown: false, devices: 0, addresses: [] }
        const { rows: found } = await tx.query<Omit<ErasedMember, 'wasKnown'>>(
          `WITH locked AS (SELECT address FROM devices WHERE member_id = $1 ORDER BY id FOR UPDATE)
           SELECT count(*) AS devices, coalesce((array_agg(address))[1:$2::int], '{}') AS addresses FROM locked`,
          [rows[0].id, MAX_ADDRESSES],
        )
        await tx.query('DELETE FROM member_uses WHERE member_id = $1', [rows[0].id])
        await tx.query('DELETE FROM members WHERE id = $1', [rows[0].id])
        const erased = { wasKnown: true, devices: 0, addresses: [], ...found[0] }
        note({
          deed: 'member.erased',
          subject: { kind: 'member', id: memberPseudonym(externalId) },
          detail: { devices: erased.devices },
        })
        return erased
      })
    } catch (error) {
      // Most likely a deadlock with results that mark several of the devices gone.
      if (attempt >= TRIES || !isTransient(error)) throw error
    }
  }
}

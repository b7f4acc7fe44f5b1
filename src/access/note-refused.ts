/**
 * Notes sign-ins that were refused, without becoming a way to fill the audit log: of each user at most MOST an hour, and as many
 * of all names that no user has. The last one says that the next are not noted.
 *
 * In the background, for nothing was done that could be rolled back, and an answer that took longer for a name which somebody has
 * would tell it. What was typed is not noted: it may be a password in the wrong field.
 */
import { noteWithPrisma } from '../audit/note-deeds.ts'
import type { Prisma } from '../postgres/prisma.ts'
import type { Logger } from '../process/logger.ts'
import { findUserByName } from './user-store.ts'

const MOST = 10

type Refusal =
  | 'unknown_name'
  | 'wrong_password'
  | 'wrong_code'
  | 'disabled'
  | 'wrong_api_key'
  // Of somebody who is signed in.
  | 'wrong_own_password'
  | 'wrong_own_code'
  | 'wrong_own_api_key'

export interface RefusedSignIns {
  /** With the name that was given. */
  note(name: string | null, why: Refusal): void
  /** Waits for pending writes. */
  close(): Promise<void>
}

export function openRefusedSignIns(prisma: Prisma, log: Logger): RefusedSignIns {
  // One after another: of several at once each would still see room for one.
  let last: Promise<void> = Promise.resolve()
  const write = async (name: string | null, why: Refusal) => {
    try {
      const user = name === null ? null : await findUserByName(prisma, name)
      await noteRefused(prisma, user?.id ?? null, user === null && name !== null ? 'unknown_name' : why)
    } catch (error) {
      log.warn({ err: error, why }, 'a refused sign-in could not be noted')
    }
  }
  return {
    note(name, why) {
      last = last.then(() => write(name, why))
    },
    close: () => last,
  }
}

async function noteRefused(prisma: Prisma, userId: string | null, why: Refusal): Promise<void> {
  await prisma.$transaction(async (tx) => {
    const [row] = await tx.$queryRaw<{ noted: number }[]>`
      SELECT count(*)::int AS noted FROM (
        SELECT FROM audit_events
        WHERE subject_kind = 'user' AND subject_id IS NOT DISTINCT FROM ${userId}::text AND deed = 'session.refused'
          AND at > now() - interval '1 hour'
        ORDER BY seq DESC LIMIT ${MOST}) x`
    const noted = row?.noted ?? 0
    if (noted >= MOST) return
    const isLastOfHour = noted === MOST - 1
    await noteWithPrisma(tx, {
      deed: 'session.refused',
      subject: { kind: 'user', id: userId },
      detail: { why, ...(isLastOfHour && { nextAreNotNotedForAnHour: true }) },
    })
  })
}

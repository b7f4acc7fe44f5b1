/** What the owner of sessions does with them: look at them, end them, and give the password again. */
import { noteWithPrisma } from '../audit/note-deeds.ts'
import type { Prisma } from '../postgres/prisma.ts'
import type { Caller } from './caller.ts'
import { hashOf, IDLE_MS, type Session } from './sessions.ts'

/** Nobody has as many browsers. The newest are shown. */
const MOST_SHOWN = 100

export interface SessionView {
  id: string
  createdAt: Date
  seenAt: Date
  expiresAt: Date
  address: string | null
  browser: string | null
}

const ofCaller = ({ id, kind }: Caller) => (kind === 'user' ? { userId: id } : { apiKeyId: id })

/** Those that have not ended, newest first. */
export function listSessions(prisma: Prisma, caller: Caller, now = new Date()): Promise<SessionView[]> {
  return prisma.session.findMany({
    where: {
      ...ofCaller(caller),
      expiresAt: { gt: now },
      seenAt: { gt: new Date(now.getTime() - IDLE_MS) },
    },
    orderBy: { createdAt: 'desc' },
    take: MOST_SHOWN,
    select: { id: true, createdAt: true, seenAt: true, expiresAt: true, address: true, browser: true },
  })
}

/** Safe to repeat: one that has ended, or is somebody else's, is left alone. The caller must forget them in its cache. */
export async function endSession(prisma: Prisma, own: Session, id: string): Promise<void> {
  await prisma.$transaction(async (tx) => {
    const { count } = await tx.session.deleteMany({ where: { ...ofCaller(own.caller), id } })
    if (count === 0) return
    const detail = { fromSession: own.id }
    await noteWithPrisma(tx, { deed: 'session.closed', subject: { kind: 'session', id }, detail })
  })
}

export async function endOtherSessions(prisma: Prisma, own: Session): Promise<void> {
  await prisma.$transaction(async (tx) => {
    const { count } = await tx.session.deleteMany({ where: { ...ofCaller(own.caller), id: { not: own.id } } })
    if (count === 0) return
    await noteWithPrisma(tx, {
      deed: 'session.others_closed',
      subject: { kind: 'session', id: own.id },
      detail: { sessions: count },
    })
  })
}

/** The password has been given: Sessions.expectConfirmed. */
export async function confirmSession(prisma: Prisma, token: string, now = new Date()): Promise<void> {
  await prisma.$transaction(async (tx) => {
    const [row] = await tx.session.updateManyAndReturn({
      where: { hash: hashOf(token) },
      data: { confirmedAt: now },
      select: { id: true },
    })
    if (row === undefined) return
    await noteWithPrisma(tx, { deed: 'session.confirmed', subject: { kind: 'session', id: row.id } })
  })
}

/** What the owner of sessions does with them: look at them, end them, and give the password again. */
import type { Prisma } from '../postgres/prisma.ts'
import type { Caller } from './caller.ts'
import { hashOf, IDLE_MS } from './sessions.ts'

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
export async function endSession(prisma: Prisma, caller: Caller, id: string): Promise<void> {
  await prisma.session.deleteMany({ where: { ...ofCaller(caller), id } })
}

export async function endOtherSessions(prisma: Prisma, caller: Caller, keptId: string): Promise<void> {
  await prisma.session.deleteMany({ where: { ...ofCaller(caller), id: { not: keptId } } })
}

/** The password has been given: Sessions.expectConfirmed. */
export async function confirmSession(prisma: Prisma, token: string, now = new Date()): Promise<void> {
  await prisma.session.updateMany({ where: { hash: hashOf(token) }, data: { confirmedAt: now } })
}

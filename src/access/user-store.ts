/** Rows of `users`. A name is unique regardless of case; a password is stored as a hash only. */

import { noteWithPrisma } from '../audit/note-deeds.ts'
import { AppError } from '../domain/errors.ts'
import type { Role } from '../domain/permissions.ts'
import type { Prisma } from '../postgres/prisma.ts'
import { checkNewPassword, hashPassword, isPassword } from './password.ts'
import { removeSecondFactor } from './second-factor.ts'

const SHOWN = {
  id: true,
  name: true,
  role: true,
  createdAt: true,
  disabledAt: true,
  lastSeenAt: true,
  totpOnAt: true,
} as const

export interface UserView {
  id: string
  name: string
  role: Role
  createdAt: Date
  disabledAt: Date | null
  lastSeenAt: Date | null
  /** Since when a code is asked for. */
  totpOnAt: Date | null
}

export interface UserInput {
  id: string
  name: string
  role: Role
  password: string
}

/** Safe to repeat with the same id: a repeat returns the user of the first request. */
export async function createUser(prisma: Prisma, { id, name, role, password }: UserInput): Promise<UserView> {
  checkNewPassword(password, name)
  const passwordHash = await hashPassword(password)
  const created = await prisma.$transaction(async (tx) => {
    const [made] = await tx.user.createManyAndReturn({
      data: [{ id, name: name.normalize('NFC'), role, passwordHash }],
      skipDuplicates: true,
      select: SHOWN,
    })
    const subject = { kind: 'user', id } as const
    if (made !== undefined) {
      await noteWithPrisma(tx, { deed: 'user.created', subject, detail: { name: made.name, role } })
    }
    return made
  })
  const user = created ?? (await prisma.user.findUnique({ where: { id }, select: SHOWN }))
  if (user !== null) return user
  throw new AppError(
    'user_name_taken',
    `There is already a user ${JSON.stringify(name)}; names are compared regardless of case. Choose another name, or change that user.`,
    { fields: [{ field: '/name', problem: 'is taken' }] },
  )
}

export interface UserChange {
  role?: Role | undefined
  isDisabled?: boolean | undefined
  password?: string | undefined
  /** For a user who has lost both the app and the recovery codes. */
  removesSecondFactor?: boolean | undefined
}

/**
 * Disabling a user or setting a password ends all sessions of the user. Throws `last_admin` if no admin who can sign in would
 * be left: then nobody could make another one in the console.
 */
export async function changeUser(prisma: Prisma, id: string, change: UserChange): Promise<UserView> {
  const { role, isDisabled, password, removesSecondFactor } = change
  if (password !== undefined) {
    const user = await prisma.user.findUnique({ where: { id }, select: { name: true } })
    checkNewPassword(password, user?.name ?? '')
  }
  const passwordHash = password === undefined ? undefined : await hashPassword(password)
  const signsOut = isDisabled === true || passwordHash !== undefined
  const takesAdmin = isDisabled === true || (role !== undefined && role !== 'admin')
  return prisma.$transaction(async (tx) => {
    // Two admins who disable each other at once: the second one waits, and sees that it is the last.
    if (takesAdmin)
      await tx.$executeRaw`SELECT id FROM users WHERE role = 'admin' ORDER BY id FOR NO KEY UPDATE`
    const user = await tx.user.findUnique({
      where: { id },
      select: { name: true, role: true, disabledAt: true, totpOnAt: true },
    })
    if (user === null) {
      throw new AppError('user_not_found', `There is no user ${id}. GET /v1/users lists the existing ones.`)
    }
    if (removesSecondFactor === true) await removeSecondFactor(tx, id)
    const changed = await tx.user.update({
      where: { id },
      data: {
        ...(role !== undefined && { role }),
        ...(passwordHash !== undefined && { passwordHash }),
        // Disabling a disabled user keeps the time of the first change.
        ...(isDisabled !== undefined && { disabledAt: isDisabled ? (user.disabledAt ?? new Date()) : null }),
      },
      select: SHOWN,
    })
    const wasAdmin = user.role === 'admin' && user.disabledAt === null
    if (takesAdmin && wasAdmin) await expectAdmin(tx, id)
    if (signsOut) await tx.session.deleteMany({ where: { userId: id } })
    await noteWithPrisma(tx, {
      deed: 'user.changed',
      subject: { kind: 'user', id },
      detail: {
        name: user.name,
        before: accessOf(user),
        after: accessOf(changed),
        hasNewPassword: passwordHash !== undefined,
      },
    })
    return changed
  })
}

function accessOf({ role, disabledAt, totpOnAt }: Pick<UserView, 'role' | 'disabledAt' | 'totpOnAt'>) {
  return { role, isDisabled: disabledAt !== null, hasSecondFactor: totpOnAt !== null }
}

async function expectAdmin(tx: Pick<Prisma, 'user'>, id: string): Promise<void> {
  if ((await tx.user.count({ where: { role: 'admin', disabledAt: null } })) > 0) return
  throw new AppError(
    'last_admin',
    `User ${id} is the last admin who can sign in. Nothing was changed. Make another user an admin first.`,
  )
}

/** Newest first. `before` is the last id of the previous page. */
export function listUsers(prisma: Prisma, limit: number, before: string | undefined): Promise<UserView[]> {
  return prisma.user.findMany({
    where: before === undefined ? {} : { id: { lt: before } },
    orderBy: { id: 'desc' },
    take: limit,
    select: SHOWN,
  })
}

export async function findUserByName(prisma: Prisma, name: string): Promise<UserView | null> {
  const found = await findCredentials(prisma, name)
  return found === undefined ? null : prisma.user.findUnique({ where: { id: found.id }, select: SHOWN })
}

/**
 * Returns null for an unknown name and a wrong password; the one takes as long as the other. A disabled user is returned, for
 * the caller to refuse: only who knows the password learns of it. `passwordHash` is what the password was compared with, for
 * Sessions.open: it may be another by then.
 */
export async function findUserByPassword(
  prisma: Prisma,
  name: string,
  password: string,
): Promise<{ user: UserView; passwordHash: string } | null> {
  const found = await findCredentials(prisma, name)
  const isRight = await isPassword(password, found?.hash)
  if (found === undefined || !isRight) return null
  const user = await prisma.user.findUnique({ where: { id: found.id }, select: SHOWN })
  return user === null ? null : { user, passwordHash: found.hash }
}

/**
 * Ends all other sessions of the user: whoever knew the old password is out. Returns false if it is not the current one,
 * which it is not either when it was changed in the meantime.
 */
export async function changeOwnPassword(
  prisma: Prisma,
  { userId, sessionId }: { userId: string; sessionId: string },
  current: string,
  next: string,
): Promise<boolean> {
  const user = await prisma.user.findUnique({
    where: { id: userId },
    select: { name: true, passwordHash: true },
  })
  checkNewPassword(next, user?.name ?? '', '/newPassword')
  if (!(await isPassword(current, user?.passwordHash)) || user === null) return false
  const passwordHash = await hashPassword(next)
  return prisma.$transaction(async (tx) => {
    const { count } = await tx.user.updateMany({
      where: { id: userId, passwordHash: user.passwordHash, disabledAt: null },
      data: { passwordHash },
    })
    if (count === 0) return false
    await tx.session.deleteMany({ where: { userId, id: { not: sessionId } } })
    await noteWithPrisma(tx, {
      deed: 'session.password_changed',
      subject: { kind: 'user', id: userId },
      detail: { sessionId },
    })
    return true
  })
}

/** A name as the database compares names: JavaScript folds some letters in another way, and each spelling would be a name of its own. */
export async function foldName(prisma: Prisma, name: string): Promise<string> {
  const [row] = await prisma.$queryRaw<{ folded: string }[]>`SELECT lower(${name.normalize('NFC')}) AS folded`
  return row?.folded ?? ''
}

/**
 * Raw SQL, because the unique index is on lower(name). Prisma's `mode: 'insensitive'` compares with ILIKE: it would not
 * use that index, and `%` and `_` in a name would match other names.
 */
async function findCredentials(
  prisma: Prisma,
  name: string,
): Promise<{ id: string; hash: string } | undefined> {
  const rows = await prisma.$queryRaw<{ id: string; hash: string }[]>`
    SELECT id, password_hash AS hash FROM users WHERE lower(name) = lower(${name.normalize('NFC')})`
  return rows[0]
}

/**
 * The second factor of a user: codes of an authenticator app, and ten recovery codes for when the app is lost.
 *
 *   none ──begin──> begun (a secret, not asked for yet) ──finish, with a code──> on ──remove──> none
 *
 * A code is taken once: its 30 seconds are remembered, and only later ones are taken from then on. A recovery code is deleted when
 * it is taken. Wrong ones are counted by the caller, like wrong passwords.
 */
import { createHash, randomBytes } from 'node:crypto'
import { noteWithPrisma } from '../audit/note-deeds.ts'
import { AppError } from '../domain/errors.ts'
import type { Prisma } from '../postgres/prisma.ts'
import { base32, otpauthUrl, stepOf } from './totp.ts'

/** As RFC 4226 recommends. */
const SECRET_BYTES = 20
const RECOVERY_CODES = 10
/** 80 bits, so that a fast hash is enough: 16 characters in groups of four. */
const RECOVERY_BYTES = 10

/** Throws `second_factor_on`: one that is on is removed first, so that nobody replaces it unseen. */
export async function beginSecondFactor(
  prisma: Prisma,
  { id, name }: { id: string; name: string },
): Promise<{ secret: string; url: string }> {
  const secret = randomBytes(SECRET_BYTES)
  await prisma.$transaction(async (tx) => {
    const { count } = await tx.user.updateMany({
      where: { id, totpOnAt: null },
      data: { totpSecret: Uint8Array.from(secret), totpStep: null },
    })
    if (count === 0) {
      throw new AppError(
        'second_factor_on',
        'Your second factor is on already. Remove it first, with DELETE /v1/session/second-factor.',
      )
    }
    await noteWithPrisma(tx, { deed: 'session.second_factor_begun', subject: { kind: 'user', id } })
  })
  return { secret: base32(secret), url: otpauthUrl(secret, name) }
}

/** Returns the recovery codes, which are stored as hashes; null if the code is wrong. */
export async function finishSecondFactor(
  prisma: Prisma,
  id: string,
  code: string,
  now = new Date(),
): Promise<string[] | null> {
  const user = await prisma.user.findUnique({ where: { id }, select: { totpSecret: true, totpOnAt: true } })
  if (user?.totpSecret == null || user.totpOnAt !== null) {
    throw new AppError(
      'second_factor_not_begun',
      'There is no second factor to finish. Begin with POST /v1/session/second-factor.',
    )
  }
  const { totpSecret } = user
  const step = stepOf(totpSecret, code.trim(), now.getTime())
  if (step === null) return null
  const codes = Array.from({ length: RECOVERY_CODES }, newRecoveryCode)
  await prisma.$transaction(async (tx) => {
    const { count } = await tx.user.updateMany({
      where: { id, totpOnAt: null, totpSecret },
      data: { totpOnAt: now, totpStep: step },
    })
    if (count === 0) {
      throw new AppError(
        'second_factor_not_begun',
        'It was begun anew in the meantime. Use the newest secret.',
      )
    }
    await tx.recoveryCode.deleteMany({ where: { userId: id } })
    await tx.recoveryCode.createMany({ data: codes.map((each) => ({ userId: id, hash: hashOf(id, each) })) })
    await noteWithPrisma(tx, { deed: 'session.second_factor_on', subject: { kind: 'user', id } })
  })
  return codes
}

/** Safe to repeat. A secret that was only begun goes, too. */
export async function removeOwnSecondFactor(prisma: Prisma, id: string): Promise<void> {
  await prisma.$transaction(async (tx) => {
    if (!(await removeSecondFactor(tx, id))) return
    await noteWithPrisma(tx, { deed: 'session.second_factor_off', subject: { kind: 'user', id } })
  })
}

/** In the transaction of its deed. Returns whether there was one. */
export async function removeSecondFactor(
  tx: Pick<Prisma, 'user' | 'recoveryCode'>,
  id: string,
): Promise<boolean> {
  const { count } = await tx.user.updateMany({
    where: { id, totpSecret: { not: null } },
    data: { totpSecret: null, totpOnAt: null, totpStep: null },
  })
  await tx.recoveryCode.deleteMany({ where: { userId: id } })
  return count > 0
}

/** Takes a code of the app or a recovery code; true once for each. */
export async function takeCode(
  prisma: Prisma,
  id: string,
  given: string,
  nowMs = Date.now(),
): Promise<boolean> {
  const code = given.replaceAll(/[\s-]/g, '').toUpperCase()
  if (!/^\d{6}$/.test(code)) {
    const { count } = await prisma.recoveryCode.deleteMany({ where: { userId: id, hash: hashOf(id, code) } })
    return count === 1
  }
  const user = await prisma.user.findUnique({ where: { id }, select: { totpSecret: true, totpOnAt: true } })
  if (user?.totpSecret == null || user.totpOnAt === null) return false
  const step = stepOf(user.totpSecret, code, nowMs)
  if (step === null) return false
  // Of two sign-ins with one code, the second finds its step taken.
  const { count } = await prisma.user.updateMany({
    where: { id, totpSecret: user.totpSecret, totpStep: { lt: step } },
    data: { totpStep: step },
  })
  return count === 1
}

export async function readSecondFactor(
  prisma: Prisma,
  id: string,
): Promise<{ onSince: Date | null; recoveryCodesLeft: number }> {
  const user = await prisma.user.findUnique({
    where: { id },
    select: { totpOnAt: true, _count: { select: { recoveryCodes: true } } },
  })
  return { onSince: user?.totpOnAt ?? null, recoveryCodesLeft: user?._count.recoveryCodes ?? 0 }
}

function newRecoveryCode(): string {
  return (base32(randomBytes(RECOVERY_BYTES)).match(/.{4}/g) ?? []).join('-')
}

function hashOf(userId: string, code: string): Buffer<ArrayBuffer> {
  const plain = code.replaceAll('-', '')
  return createHash('sha256').update(`${userId} ${plain}`).digest() as Buffer<ArrayBuffer>
}

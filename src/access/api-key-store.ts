/** Rows of `api_keys`. The key itself is returned once, by `createApiKey` and by `rotateApiKey`. */

import { noteWithPrisma } from '../audit/note-deeds.ts'
import { AppError } from '../domain/errors.ts'
import { type Permission, permissionsOfKey, type Role } from '../domain/permissions.ts'
import type { Prisma } from '../postgres/prisma.ts'
import { checkRanges } from './allowed-addresses.ts'
import { generateApiKey } from './api-key.ts'

const SHOWN = {
  id: true,
  name: true,
  prefix: true,
  role: true,
  permissions: true,
  allowedAddresses: true,
  createdAt: true,
  rotatedAt: true,
  expiresAt: true,
  lastUsedAt: true,
  revokedAt: true,
} as const

export interface ApiKeyView {
  id: string
  name: string
  prefix: string
  role: Role
  /** What it is limited to; empty: everything that keys of its role may do. */
  permissions: string[]
  allowedAddresses: string[]
  createdAt: Date
  rotatedAt: Date | null
  expiresAt: Date | null
  lastUsedAt: Date | null
  revokedAt: Date | null
  /** Secrets from before a rotation that still work, the last one first. */
  oldSecrets: { prefix: string; endsAt: Date; lastUsedAt: Date | null }[]
}

export interface ApiKeyInput {
  id: string
  name: string
  role: Role
  expiresAt: Date | null
  /** A part of what keys of the role may do. Left out: all of it. */
  permissions?: readonly Permission[] | undefined
  /** Addresses and ranges. Left out: any. */
  allowedAddresses?: readonly string[] | undefined
}

/**
 * Safe to repeat with the same id. The first request may have stopped before its reply, and then its secret is unknown,
 * so a repeat replaces the secret.
 */
export async function createApiKey(
  prisma: Prisma,
  input: ApiKeyInput,
): Promise<ApiKeyView & { key: string }> {
  if (input.expiresAt !== null && input.expiresAt <= new Date()) {
    throw new AppError(
      'invalid_request',
      `expiresAt is ${input.expiresAt.toISOString()}, which is in the past. Give a future time, or null for a key that does not expire.`,
      { fields: [{ field: '/expiresAt', problem: 'is in the past' }] },
    )
  }
  const { permissions = [], allowedAddresses = [], ...given } = input
  checkPermissions(input.role, permissions)
  const limits = { permissions: [...permissions], allowedAddresses: checkRanges(allowedAddresses) }
  const { key, prefix, hash } = generateApiKey()
  const secret = { prefix, hash: Uint8Array.from(hash) }
  const row = await prisma.$transaction(async (tx) => {
    const made = await tx.apiKey.upsert({
      where: { id: input.id },
      create: { ...given, ...limits, ...secret },
      update: secret,
      select: shown(),
    })
    const { name, role, expiresAt } = made
    await noteWithPrisma(tx, {
      deed: 'api_key.created',
      subject: { kind: 'api_key', id: input.id },
      detail: { name, prefix, role, expiresAt, ...limits },
    })
    return made
  })
  return { ...row, key }
}

function checkPermissions(role: Role, permissions: readonly Permission[]): void {
  const possible = permissionsOfKey(role)
  const fields = permissions.flatMap((permission, index) =>
    possible.includes(permission)
      ? []
      : [{ field: `/permissions/${index}`, problem: `is not a permission of keys with the role ${role}` }],
  )
  if (fields.length === 0) return
  throw new AppError(
    'invalid_request',
    `A key with the role ${role} can be limited to ${possible.join(', ')}; asked for was ${permissions.join(', ')}. Users and keys are managed by people only.`,
    { fields },
  )
}

/** With the old secrets that work now. */
function shown() {
  return {
    ...SHOWN,
    oldSecrets: {
      where: { endsAt: { gt: new Date() } },
      orderBy: { endsAt: 'desc' },
      select: { prefix: true, endsAt: true, lastUsedAt: true },
    },
  } as const
}

/** By the prefix of its newest secret. */
export async function findApiKey(
  prisma: Prisma,
  prefix: string,
): Promise<{ id: string; name: string; prefix: string }> {
  const found = await prisma.apiKey.findUnique({
    where: { prefix },
    select: { id: true, name: true, prefix: true },
  })
  if (found !== null) return found
  throw new AppError(
    'api_key_not_found',
    `There is no API key whose newest secret begins with ${JSON.stringify(prefix)}. Give its first characters, such as cari_3kQ9xZ1b.`,
  )
}

/** Newest first. `before` is the last id of the previous page. */
export function listApiKeys(
  prisma: Prisma,
  limit: number,
  before: string | undefined,
): Promise<ApiKeyView[]> {
  return prisma.apiKey.findMany({
    where: before === undefined ? {} : { id: { lt: before } },
    orderBy: { id: 'desc' },
    take: limit,
    select: shown(),
  })
}

/** Safe to repeat: revoking a revoked key changes nothing. */
export async function revokeApiKey(prisma: Prisma, id: string): Promise<void> {
  const count = await prisma.$transaction(async (tx) => {
    const [revoked] = await tx.apiKey.updateManyAndReturn({
      where: { id, revokedAt: null },
      data: { revokedAt: new Date() },
      select: { name: true, prefix: true, role: true },
    })
    if (revoked === undefined) return 0
    await noteWithPrisma(tx, { deed: 'api_key.revoked', subject: { kind: 'api_key', id }, detail: revoked })
    return 1
  })
  if (count === 0 && (await prisma.apiKey.count({ where: { id } })) === 0) throw keyNotFound(id)
}

function keyNotFound(id: string): AppError {
  return new AppError(
    'api_key_not_found',
    `There is no API key ${id}. GET /v1/api-keys lists the existing ones.`,
  )
}

/** So that a list of keys stays small. */
const MOST_OLD_SECRETS = 5

/**
 * Gives the key a new secret. The one before works for `overlapSeconds` more, and those before it not longer: programs change
 * over one by one. Everything else of the key stays, its expiry too. Sessions that were opened with it end: with which secret, is
 * not known of them.
 *
 * A repeat makes another secret, and takes nothing from what programs use: the secret whose answer was lost is an old one then.
 */
export async function rotateApiKey(
  prisma: Prisma,
  id: string,
  overlapSeconds: number,
): Promise<ApiKeyView & { key: string }> {
  const { key, prefix, hash } = generateApiKey()
  const row = await prisma.$transaction(async (tx) => {
    // Of two rotations at once, the second finds the secret of the first.
    await tx.$executeRaw`SELECT id FROM api_keys WHERE id = ${id}::uuid FOR UPDATE`
    const now = new Date()
    const before = await tx.apiKey.findUnique({
      where: { id },
      select: { prefix: true, hash: true, revokedAt: true, expiresAt: true },
    })
    if (before === null) throw keyNotFound(id)
    expectUsable(id, before, now)
    const endsAt = new Date(now.getTime() + overlapSeconds * 1000)
    await tx.apiKeyOldSecret.deleteMany({ where: { apiKeyId: id, endsAt: { lte: now } } })
    await tx.apiKeyOldSecret.updateMany({ where: { apiKeyId: id, endsAt: { gt: endsAt } }, data: { endsAt } })
    const old = await tx.apiKeyOldSecret.count({ where: { apiKeyId: id, endsAt: { gt: now } } })
    if (overlapSeconds > 0 && old >= MOST_OLD_SECRETS) throw tooManySecrets(id)
    await tx.apiKeyOldSecret.create({
      data: { apiKeyId: id, prefix: before.prefix, hash: before.hash, endsAt },
    })
    await tx.session.deleteMany({ where: { apiKeyId: id } })
    const rotated = await tx.apiKey.update({
      where: { id },
      data: { prefix, hash: Uint8Array.from(hash), rotatedAt: now },
      select: shown(),
    })
    await noteWithPrisma(tx, {
      deed: 'api_key.rotated',
      subject: { kind: 'api_key', id },
      detail: { name: rotated.name, before: before.prefix, after: prefix, overlapSeconds },
    })
    return rotated
  })
  return { ...row, key }
}

function expectUsable(
  id: string,
  { revokedAt, expiresAt }: { revokedAt: Date | null; expiresAt: Date | null },
  now: Date,
): void {
  const [ended, at] = revokedAt !== null ? ['was revoked', revokedAt] : ['expired', expiresAt]
  if (at === null || (revokedAt === null && at > now)) return
  throw new AppError(
    'api_key_not_rotatable',
    `The API key ${id} ${ended} at ${at.toISOString()} and cannot be rotated. Create another one.`,
  )
}

function tooManySecrets(id: string): AppError {
  return new AppError(
    'api_key_not_rotatable',
    `${MOST_OLD_SECRETS} earlier secrets of the API key ${id} still work. Wait until one has ended, or rotate with an overlap of 0, which ends them all at once.`,
  )
}

/** Rows of `api_keys`. The key itself is returned once, by `createApiKey`. */

import { noteWithPrisma } from '../audit/note-deeds.ts'
import { AppError } from '../domain/errors.ts'
import type { Role } from '../domain/permissions.ts'
import type { Prisma } from '../postgres/prisma.ts'
import { generateApiKey } from './api-key.ts'

const SHOWN = {
  id: true,
  name: true,
  prefix: true,
  role: true,
  createdAt: true,
  expiresAt: true,
  lastUsedAt: true,
  revokedAt: true,
} as const

export interface ApiKeyView {
  id: string
  name: string
  prefix: string
  role: Role
  createdAt: Date
  expiresAt: Date | null
  lastUsedAt: Date | null
  revokedAt: Date | null
}

export interface ApiKeyInput {
  id: string
  name: string
  role: Role
  expiresAt: Date | null
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
  const { key, prefix, hash } = generateApiKey()
  const secret = { prefix, hash: Uint8Array.from(hash) }
  const row = await prisma.$transaction(async (tx) => {
    const made = await tx.apiKey.upsert({
      where: { id: input.id },
      create: { ...input, ...secret },
      update: secret,
      select: SHOWN,
    })
    const { name, role, expiresAt } = made
    await noteWithPrisma(tx, {
      deed: 'api_key.created',
      subject: { kind: 'api_key', id: input.id },
      detail: { name, prefix, role, expiresAt },
    })
    return made
  })
  return { ...row, key }
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
    select: SHOWN,
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
  if (count === 0 && (await prisma.apiKey.count({ where: { id } })) === 0) {
    throw new AppError(
      'api_key_not_found',
      `There is no API key ${id}. GET /v1/api-keys lists the existing ones.`,
    )
  }
}

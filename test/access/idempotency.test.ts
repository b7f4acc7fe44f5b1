import { createHash, randomUUIDv7 } from 'node:crypto'
import { expect, onTestFinished, test } from 'vitest'
import { type Claim, claimKey, freeKey, renewClaim, storeAnswer } from '../../src/access/idempotency.ts'
import { openPrisma } from '../../src/postgres/prisma.ts'
import { createTestDatabase } from '../support/database.ts'

const ANSWER = { status: 201, headers: { etag: '"1"' }, body: '{"a": "\\u0000é"}' }

const setup = async () => {
  const { pool } = await createTestDatabase()
  const prisma = openPrisma(pool)
  onTestFinished(() => prisma.$disconnect())
  const callerId = randomUUIDv7()
  const fingerprint = createHash('sha256').update('request').digest() as Buffer<ArrayBuffer>
  const claim = () => claimKey(prisma, callerId, 'k', fingerprint)
  const claimed = async (): Promise<Claim> => {
    const result = await claim()
    if (result.kind !== 'claimed') throw new Error('the key is not free')
    return result.claim
  }
  const letGoStale = () =>
    pool.query(`UPDATE idempotency_keys SET claimed_at = claimed_at - interval '61 seconds'`)
  return { pool, prisma, claim, claimed, letGoStale }
}

test('the holder of a claim renews it and stores the reply, which is replayed as it was', async () => {
  const { prisma, claim, claimed } = await setup()
  const mine = await claimed()
  const before = mine.claimedAt
  expect(await renewClaim(prisma, mine)).toBe(true)
  expect(mine.claimedAt.getTime()).toBeGreaterThanOrEqual(before.getTime())
  expect(await renewClaim(prisma, mine), 'again').toBe(true)
  await storeAnswer(prisma, mine, ANSWER)
  expect(await claim()).toEqual({ kind: 'answered', answer: ANSWER })
  expect(await renewClaim(prisma, mine), 'an answered claim').toBe(false)
})

test('a renewed claim is not stale', async () => {
  const { prisma, claim, claimed, letGoStale, pool } = await setup()
  const mine = await claimed()
  await letGoStale()
  const { rows } = await pool.query('SELECT claimed_at FROM idempotency_keys')
  mine.claimedAt = rows[0].claimed_at
  expect(await renewClaim(prisma, mine)).toBe(true)
  await expect(claim()).rejects.toMatchObject({ code: 'idempotency_key_in_use' })
})

test('a stale claim is taken over with its subject, and its first holder can change nothing any more', async () => {
  const { pool, prisma, claimed, letGoStale } = await setup()
  const first = await claimed()
  await letGoStale()
  const second = await claimed()
  expect(second.subjectId).toBe(first.subjectId)
  expect(await renewClaim(prisma, first)).toBe(false)
  await storeAnswer(prisma, first, ANSWER)
  await freeKey(prisma, first)
  const { rows } = await pool.query('SELECT status FROM idempotency_keys')
  expect(rows).toEqual([{ status: null }])
  await freeKey(prisma, second)
  expect((await claimed()).subjectId).not.toBe(first.subjectId)
})

/**
 * Prisma over a pool that is open already. A file of its own, so that workers, which do without, do not load it: the
 * client alone costs a process 30 MB.
 */
import { PrismaPg } from '@prisma/adapter-pg'
import { PrismaClient } from '../generated/prisma/client.ts'
import type { Pool } from './pool.ts'

export type Prisma = PrismaClient

/** The pool stays the caller's to end. */
export function openPrisma(pool: Pool): Prisma {
  return new PrismaClient({ adapter: new PrismaPg(pool, { disposeExternalPool: false }) })
}

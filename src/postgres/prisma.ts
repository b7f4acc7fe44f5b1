/**
 * Prisma, over a pool that is already open. Only for administration, which reads and writes single rows: users, API
 * keys, sessions. The tables of a campaign's run are read and written through pg; their models have `@@ignore` in
 * schema.prisma, so the client does not know them. Workers do not load this file: the client takes 30 MB of memory.
 */
import { PrismaPg } from '@prisma/adapter-pg'
import { PrismaClient } from '../generated/prisma/client.ts'
import type { Pool } from './pool.ts'

export type Prisma = PrismaClient

/** Does not end the pool when it disconnects. */
export function openPrisma(pool: Pool): Prisma {
  return new PrismaClient({ adapter: new PrismaPg(pool, { disposeExternalPool: false }) })
}

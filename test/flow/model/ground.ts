/** What the runs of one lane have in common. */
import { storeDevices } from '../../../src/audience/device-store.ts'
import type { Pool } from '../../../src/postgres/pool.ts'
import type { FakeFcm } from '../../../testing/fake-fcm/fake-fcm.ts'
import { tokenFor } from '../../../testing/fake-fcm/token.ts'
import { AS_APP, aDevice } from '../../support/a-device.ts'

/** What runs share one after the other: each run deletes the rows of the one before. */
export interface Ground {
  pool: Pool
  databaseUrl: string
  redisUrl: string | null
  /** Of the queue. On Redis each run has its own, made of it. */
  prefix: string
  fcm: FakeFcm
  /** Tokens are new in each run: the first number that was not used yet. */
  nextToken: number
  /** What killed dispatchers still do in this process. */
  leftovers: Promise<void>[]
}

/** Clears the ground of the run before, and registers devices: two for each member, one in nine with a dead token. */
export async function makeDevices(ground: Ground, devices: number): Promise<void> {
  const { pool, fcm, redisUrl, prefix } = ground
  await pool.query(
    `DELETE FROM deliveries; UPDATE campaigns SET resend_of = NULL; DELETE FROM campaigns; DELETE FROM devices; DELETE FROM members`,
  )
  if (redisUrl === null) await pool.query(`TRUNCATE ${prefix}_queue.job CASCADE`)
  fcm.clearFaults()
  fcm.reset()
  const first = ground.nextToken
  ground.nextToken += devices
  const rows = Array.from({ length: devices }, (_, index) =>
    aDevice({
      address: tokenFor(first + index, { kind: index % 9 === 8 ? 'dead' : 'live' }),
      externalId: `m${Math.floor(index / 2)}`,
    }),
  )
  await storeDevices(pool, rows, AS_APP)
}

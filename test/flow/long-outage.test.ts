/** PostgreSQL is away for longer than the lease, and every dispatcher lives. */
import { describe, expect, onTestFinished, test } from 'vitest'
import { TcpDoor } from '../../testing/network/tcp-door.ts'
import { Carillon } from '../support/carillon.ts'
import { expectReconciledCounts } from '../support/counts.ts'
import { queueBackends } from '../support/queues.ts'
import { until } from '../support/until.ts'

const LEASE_MS = 2_000

describe.each(queueBackends())('an outage longer than the lease, on $name', (backend) => {
  test.each(['at_least_once', 'at_most_once'] as const)(
    '%s: what was in hand is neither sent again nor in doubt',
    async (guarantee) => {
      const carillon = await Carillon.start(backend, {
        devices: 300,
        workers: ['planner'],
        env: { BATCH_LEASE_MS: LEASE_MS, FCM_REQUEST_TIMEOUT_MS: 1_000, DATABASE_POOL_WAIT_MS: 500 },
      })
      const url = carillon.env.DATABASE_URL as string
      const door = await TcpDoor.to(url)
      onTestFinished(() => door.shut())
      const behind = { DATABASE_URL: door.through(url) }
      await carillon.startWorker('dispatcher', behind)
      await carillon.startWorker('dispatcher', behind)
      await carillon.startWorker('maintenance', behind)
      const gate = carillon.fcm.hold({ at: 'answer' })
      const id = await carillon.send({ guarantee })
      await gate.waitForHeld(50)
      await door.shut()
      // FCM answers meanwhile, and nobody can write it down.
      gate.open()
      const shutAt = performance.now()
      await until(() => performance.now() - shutAt > 3 * LEASE_MS, { what: 'three leases have passed' })
      await door.open()
      await carillon.closed(id)
      await expectReconciledCounts(carillon, id)
      expect(await carillon.counts(id)).toMatchObject({ sent: 300, in_doubt: 0 })
      expect(carillon.fcm.stats()).toMatchObject({ distinct: 300, duplicates: 0 })
    },
  )
})

/** A message that is corrected in mid-send, by two dispatchers that have batches in hand: who got which text, from the receiver's side. */
import { describe, expect, test } from 'vitest'
import { correctMessage } from '../../src/campaigns/correct-message.ts'
import { Carillon } from '../support/carillon.ts'
import { expectReconciledCounts } from '../support/counts.ts'
import { queueBackends } from '../support/queues.ts'
import { seen } from '../support/seen.ts'

const DEVICES = 400
const OLD = { title: 'Sail', body: 'Everything must go' }
const NEW = { title: 'Sale', body: 'Everything must go' }

describe.each(queueBackends())('a message corrected in mid-send, on $name', (backend) => {
  test.each(['at_least_once', 'at_most_once'] as const)(
    '%s: each device got the text that its delivery names, once, and nobody got none',
    async (guarantee) => {
      const carillon = await Carillon.start(backend, {
        devices: DEVICES,
        fcm: { keepMessages: 2 * DEVICES },
        env: { DISPATCH_CONCURRENCY: 20, RAMP_SECONDS: 0 },
        workers: ['planner', 'dispatcher', 'dispatcher', 'maintenance'],
      })
      const gate = carillon.fcm.hold({ at: 'answer' })
      const id = await carillon.send({ guarantee, message: OLD })
      await gate.waitForHeld(20)
      // Sending again before a dispatcher has looked: some still have the old text in hand.
      await carillon.pause(id)
      await correctMessage(carillon.pool, id, {
        message: NEW,
        ...(await seen(carillon.pool, id)),
      })
      await carillon.resume(id)
      gate.open()
      await carillon.closed(id)
      await expectReconciledCounts(carillon, id)
      expect(carillon.fcm.stats()).toMatchObject({ distinct: DEVICES, duplicates: 0 })
      const received = carillon.fcm
        .messages()
        .map(({ address, body }) => [address, JSON.parse(body).message.notification.title])
      const { rows } = await carillon.pool.query<{ address: string; version: number }>(
        `SELECT d.address, coalesce(x.message_version, 1) AS version FROM deliveries x JOIN devices d ON d.id = x.device_id
         WHERE x.campaign_id = $1`,
        [id],
      )
      const recorded = rows.map(({ address, version }) => [address, (version === 1 ? OLD : NEW).title])
      expect(received.toSorted()).toEqual(recorded.toSorted())
      expect(new Set(recorded.map(([, title]) => title))).toEqual(new Set([OLD.title, NEW.title]))
    },
  )
})

/**
 * Frequency caps from the receiver's side: ten campaigns at once to the same members, over four dispatchers, one of which is
 * killed, while FCM refuses some messages and answers to others are lost.
 */
import { describe, expect, test } from 'vitest'
import { Carillon } from '../support/carillon.ts'
import { expectReconciledCounts } from '../support/counts.ts'
import { queueBackends } from '../support/queues.ts'

const DEVICES = 300
const DEAD = 20
const CAMPAIGNS = 10
const CAP = 2

describe.each(queueBackends())('caps, on $name', (backend) => {
  test('nobody gets more campaigns than the cap, and nobody fewer for lack of trying', {
    timeout: 120_000,
  }, async () => {
    const carillon = await Carillon.start(backend, {
      devices: DEVICES,
      dead: DEAD,
      fcm: { latencyMs: [20, 60], errorShares: { unavailable: 0.05 }, keepMessages: 10_000 },
      env: {
        CAPS: `rolling_24h:${CAP}`,
        RETRY_FIRST_DELAY_MS: 100,
        ERROR_PAUSE_PERCENT: 100,
        BATCH_SIZE: 30,
        DISPATCH_CONCURRENCY: 40,
      },
      workers: ['planner', 'maintenance', 'dispatcher', 'dispatcher', 'dispatcher'],
    })
    const victim = await carillon.startWorker('dispatcher')
    carillon.fcm.program({
      addresses: carillon.tokens.slice(DEAD),
      skip: 40,
      times: 15,
      effect: { lose: 'reset' },
    })
    const titles = Array.from({ length: CAMPAIGNS }, (_, n) => `Campaign ${n + 1}`)
    const ids = await Promise.all(titles.map((title) => carillon.send({ name: title, message: { title } })))
    await carillon.fcm.whenAccepted(150)
    victim.kill('SIGKILL')
    for (const id of ids) await carillon.closed(id, 100_000)

    const got = new Map<string, Set<string>>()
    for (const { address = '', body } of carillon.fcm.messages()) {
      const { title } = JSON.parse(body).message.notification
      got.set(address, (got.get(address) ?? new Set()).add(title))
    }
    const sizes = [...got.values()].map((campaigns) => campaigns.size)
    expect(sizes.filter((size) => size !== CAP)).toEqual([])
    expect(got.size).toBe(DEVICES - DEAD)
    for (const id of ids) await expectReconciledCounts(carillon, id)
    // Each capped device names a campaign that its member did get.
    const { rows } = await carillon.pool.query(
      `SELECT count(*) AS wrong FROM deliveries x WHERE x.code = 51 AND NOT EXISTS (
         SELECT FROM deliveries o WHERE o.device_id = x.device_id AND o.state = 1
           AND decode(replace(o.campaign_id::text, '-', ''), 'hex') = substr(x.message_id, 2))`,
    )
    expect(rows).toEqual([{ wrong: 0 }])
  })
})

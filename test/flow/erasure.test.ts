import { expect, test } from 'vitest'
import { eraseMember } from '../../src/audience/erase-member.ts'
import { forgetMember } from '../../src/campaigns/forget-member.ts'
import { Carillon } from '../support/carillon.ts'
import { expectReconciledCounts } from '../support/counts.ts'
import { queueBackends } from '../support/queues.ts'
import { until } from '../support/until.ts'

test('a member who is erased in mid-campaign is not sent to, and the counts reconcile', async () => {
  const [backend] = queueBackends()
  if (backend === undefined) throw new Error('There is no queue.')
  const devices = 300
  const carillon = await Carillon.start(backend, { devices, env: { DISPATCH_CONCURRENCY: 30 } })
  const { pool, fcm } = carillon
  const gate = fcm.hold()
  const externalIds = Array.from({ length: devices }, (_, n) => `m${n + 1}`)
  const id = await carillon.send({ audience: { externalIds } })
  await gate.waitForHeld(30)
  await until(async () => (await carillon.campaign(id)).is_planned, { what: 'the campaign is planned' })
  // The first two batches of 50 are in hand, so this one is in a batch that nobody has looked at.
  const last = `m${devices}`
  expect(await eraseMember(pool, last)).toMatchObject({ devices: 1, addresses: [carillon.tokens.at(-1)] })
  await forgetMember(pool, last, Number.POSITIVE_INFINITY)
  gate.open()
  await carillon.closed(id)
  await expectReconciledCounts(carillon, id)
  expect(await carillon.counts(id)).toMatchObject({ size: devices, sent: devices - 1, skipped: 1 })
  expect(fcm.receivedCount(carillon.tokens.at(-1) ?? '')).toBe(0)
  const { rows } = await pool.query(
    `SELECT device_id, code FROM deliveries WHERE campaign_id = $1 AND state = 3`,
    [id],
  )
  expect(rows).toEqual([{ device_id: carillon.deviceIds.at(-1), code: 42 }])
  const { state, audience } = await carillon.campaign(id)
  expect([state, audience.externalIds.length]).toEqual(['finished', devices - 1])
})

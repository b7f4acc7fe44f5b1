import { describe, expect, test } from 'vitest'
import { readAttempts } from '../../src/results/read-attempts.ts'
import { Carillon } from '../support/carillon.ts'
import { expectReconciledCounts } from '../support/counts.ts'
import { queueBackends } from '../support/queues.ts'
import { until } from '../support/until.ts'

/** The tokens FCM was asked for since the last look, and the collapse identifiers they carried. */
function received(carillon: Carillon) {
  const messages = carillon.fcm.messages()
  return {
    tokens: messages.map(({ address }) => address).sort(),
    tags: new Set(messages.map(({ body }) => JSON.parse(body).message.android.notification.tag)),
  }
}

describe.each(queueBackends())('a resend, on $name', (backend) => {
  test('of the failed reaches exactly those, under the first collapse identifier, again and again', async () => {
    const carillon = await Carillon.start(backend, {
      devices: 160,
      dead: 3,
      env: { RETRY_ATTEMPTS: 1 },
    })
    const failing = carillon.tokens.slice(50, 90)
    carillon.fcm.program({ addresses: failing, effect: { answer: 'unavailable' }, times: null })
    const first = await carillon.send()
    await carillon.closed(first)
    await expectReconciledCounts(carillon, first)
    expect(await carillon.counts(first)).toMatchObject({ sent: 117, failed: 43 })
    const { tags } = received(carillon)
    const before = await carillon.pool.query('SELECT * FROM deliveries ORDER BY device_id')

    // Half of them recover; the dead ones are named as well, are in the counts of the resend, and FCM is not asked for them.
    carillon.fcm.clearFaults()
    carillon.fcm.program({ addresses: failing.slice(20), effect: { answer: 'unavailable' }, times: null })
    carillon.fcm.reset()
    const second = await carillon.resend(first, 'failed', ['unavailable', 'unregistered'])
    await carillon.closed(second)
    await expectReconciledCounts(carillon, second)
    expect(await carillon.counts(second)).toMatchObject({ size: 43, sent: 20, failed: 20, skipped: 3 })
    expect(received(carillon)).toEqual({ tokens: failing.slice(0, 20).sort(), tags })

    carillon.fcm.clearFaults()
    carillon.fcm.reset()
    const third = await carillon.resend(second, 'failed')
    await carillon.closed(third)
    await expectReconciledCounts(carillon, third)
    expect(received(carillon)).toEqual({ tokens: failing.slice(20).sort(), tags })

    // What was recorded first stays, and the history of a device is the chain.
    await expectReconciledCounts(carillon, first)
    const after = await carillon.pool.query(
      'SELECT * FROM deliveries WHERE campaign_id = $1 ORDER BY device_id',
      [first],
    )
    expect(after.rows).toEqual(before.rows)
    const history = await readAttempts(carillon.pool, second, carillon.deviceIds[85] as number)
    expect(
      history.map(({ campaignId, resendOf, state, code }) => [campaignId, resendOf, state, code]),
    ).toEqual([
      [first, null, 'failed', 'unavailable'],
      [second, first, 'failed', 'unavailable'],
      [third, second, 'sent', 'ok'],
    ])
    await expect(carillon.resend(first, 'failed')).rejects.toMatchObject({ code: 'campaign_already_resent' })
    await expect(carillon.resend(third, 'failed')).rejects.toMatchObject({ code: 'nothing_to_resend' })
  })

  test('of those in doubt sends to each of them once more, and to nobody else', async () => {
    const carillon = await Carillon.start(backend, { devices: 100 })
    const doubted = carillon.tokens.slice(10, 17)
    carillon.fcm.program({ addresses: doubted, effect: { lose: 'reset' }, times: null })
    const first = await carillon.send({ guarantee: 'at_most_once' })
    await carillon.closed(first)
    expect(await carillon.counts(first)).toMatchObject({ sent: 93, in_doubt: 7 })
    const { tags } = received(carillon)
    carillon.fcm.clearFaults()
    carillon.fcm.reset()
    const second = await carillon.resend(first, 'in_doubt')
    await carillon.closed(second)
    await expectReconciledCounts(carillon, first)
    await expectReconciledCounts(carillon, second)
    expect(await carillon.campaign(second)).toMatchObject({ guarantee: 'at_most_once', audience_size: 7 })
    expect(received(carillon)).toEqual({ tokens: [...doubted].sort(), tags })
  })

  test('of the canceled sends to those who had not got it, whatever their batch had begun', async () => {
    const carillon = await Carillon.start(backend, {
      devices: 400,
      env: { DISPATCH_CONCURRENCY: 30, RECORD_CHUNK: 20 },
    })
    const gate = carillon.fcm.hold()
    const first = await carillon.send()
    await gate.waitForHeld(30)
    await until(async () => (await carillon.campaign(first)).is_planned, { what: 'it is planned' })
    await expect(carillon.resend(first, 'canceled')).rejects.toMatchObject({
      code: 'campaign_not_resendable',
    })
    await carillon.cancel(first)
    gate.open()
    await carillon.closed(first)
    await expectReconciledCounts(carillon, first)
    const { sent, canceled } = await carillon.counts(first)
    expect(sent).toBeGreaterThanOrEqual(30)
    expect(canceled).toBe(400 - sent)
    const { tags } = received(carillon)

    const second = await carillon.resend(first, 'canceled')
    await carillon.closed(second)
    await expectReconciledCounts(carillon, first)
    await expectReconciledCounts(carillon, second)
    expect(await carillon.counts(second)).toMatchObject({ size: canceled, sent: canceled })
    expect(carillon.fcm.stats()).toMatchObject({ accepted: 400, distinct: 400, duplicates: 0 })
    expect(received(carillon).tags).toEqual(tags)
  })

  test('can itself be canceled, and the rest be resent from it', async () => {
    const carillon = await Carillon.start(backend, { devices: 200, workers: ['planner', 'maintenance'] })
    const first = await carillon.send()
    await until(async () => (await carillon.campaign(first)).is_planned, { what: 'it is planned' })
    await carillon.cancel(first)
    await carillon.closed(first)
    const second = await carillon.resend(first, 'canceled')
    await carillon.cancel(second)
    await carillon.closed(second)
    // Also when nobody had begun to plan it: its devices can be had from it and from nowhere else.
    expect(await carillon.counts(second)).toMatchObject({ size: 200, canceled: 200 })
    await carillon.startWorker('dispatcher')
    const third = await carillon.resend(second, 'canceled')
    await carillon.closed(third)
    await expectReconciledCounts(carillon, third)
    expect(carillon.fcm.stats()).toMatchObject({ accepted: 200, duplicates: 0 })
  })
})

import { describe, expect, test } from 'vitest'
import { Carillon } from '../support/carillon.ts'
import { expectReconciledCounts } from '../support/counts.ts'
import { queueBackends } from '../support/queues.ts'
import { until } from '../support/until.ts'

describe.each(queueBackends())('what FCM answers, on $name', (backend) => {
  test('dead tokens are failures with a reason, their devices are gone, and the next campaign leaves them out', async () => {
    const carillon = await Carillon.start(backend, { devices: 200, dead: 20, invalid: 5 })
    const first = await carillon.send()
    await carillon.closed(first)
    await expectReconciledCounts(carillon, first)
    expect(await carillon.counts(first)).toMatchObject({ sent: 175, failed: 25 })
    const { rows } = await carillon.pool.query(
      `SELECT code, count(*) AS devices FROM deliveries WHERE campaign_id = $1 AND state = 2 GROUP BY code ORDER BY code`,
      [first],
    )
    expect(rows).toEqual([
      { code: 1, devices: 20 },
      { code: 2, devices: 5 },
    ])
    const second = await carillon.send()
    await carillon.closed(second)
    expect(await carillon.campaign(second)).toMatchObject({ audience_size: 175 })
    await expectReconciledCounts(carillon, second)
  })

  test('over quota, the whole project waits and nothing is lost or sent twice', async () => {
    const carillon = await Carillon.start(backend, { devices: 300 })
    carillon.fcm.program({ effect: { answer: 'quota_project', retryAfter: '1' }, skip: 120, times: 40 })
    const id = await carillon.send()
    await carillon.closed(id)
    await expectReconciledCounts(carillon, id)
    expect(await carillon.counts(id)).toMatchObject({ sent: 300, failed: 0, spent: 0 })
    expect(carillon.fcm.stats()).toMatchObject({ distinct: 300, duplicates: 0 })
    const { rows } = await carillon.pool.query(
      `SELECT share::float8, blocked_until FROM rate_limits WHERE key LIKE 'project:%'`,
    )
    expect(rows[0].share).toBeLessThan(1)
    expect(rows[0].blocked_until).not.toBeNull()
    // The campaign remembers it, for its plot.
    expect((await carillon.campaign(id)).pushed_back).not.toHaveLength(0)
  })

  test('while FCM has told the project to wait, its batches are left alone', async () => {
    const carillon = await Carillon.start(backend, { devices: 500, env: { BATCH_SIZE: 5 } })
    carillon.fcm.program({ effect: { answer: 'quota_project', retryAfter: '8' }, skip: 60, times: 1 })
    const id = await carillon.send()
    await carillon.closed(id)
    expect(await carillon.counts(id)).toMatchObject({ sent: 500, failed: 0 })
    // Those in hand at that moment, and one for each slot that asks. Each batch of the campaign is taken up once more otherwise.
    const { rows } = await carillon.pool.query('SELECT sum(attempt)::int AS attempts FROM batches')
    expect(rows[0].attempts).toBeLessThan(150)
  })

  test('faults that pass are tried again; only those that failed', async () => {
    const carillon = await Carillon.start(backend, { devices: 300 })
    carillon.fcm.program({ effect: { answer: 'unavailable' }, skip: 10, times: 7 })
    carillon.fcm.program({ effect: { answer: 'internal' }, skip: 50, times: 7 })
    carillon.fcm.program({ effect: { answer: 'bad_gateway' }, skip: 80, times: 7 })
    carillon.fcm.program({ effect: { refuse: 'stream' }, skip: 100, times: 7 })
    const id = await carillon.send()
    await carillon.closed(id)
    await expectReconciledCounts(carillon, id)
    expect(await carillon.counts(id)).toMatchObject({ sent: 300, failed: 0 })
    expect(carillon.fcm.stats()).toMatchObject({ distinct: 300, duplicates: 0 })
  })

  test('faults that do not pass end with the limit on attempts, as failures with their reason', async () => {
    const carillon = await Carillon.start(backend, { devices: 100, env: { RETRY_ATTEMPTS: 3 } })
    carillon.fcm.program({
      addresses: carillon.tokens.slice(0, 4),
      effect: { answer: 'unavailable' },
      times: null,
    })
    const id = await carillon.send()
    await carillon.closed(id)
    await expectReconciledCounts(carillon, id)
    expect(await carillon.counts(id)).toMatchObject({ sent: 96, failed: 4, spent: 2 })
    expect(carillon.fcm.receivedCount(carillon.tokens[0] as string)).toBe(3)
  })

  test('a lost answer is sent again under at_least_once, with the same collapse identifier', async () => {
    const carillon = await Carillon.start(backend, { devices: 50 })
    carillon.fcm.program({ addresses: [carillon.tokens[7] as string], effect: { lose: 'reset' } })
    const id = await carillon.send({ guarantee: 'at_least_once' })
    await carillon.closed(id)
    await expectReconciledCounts(carillon, id)
    expect(await carillon.counts(id)).toMatchObject({ sent: 50, in_doubt: 0 })
    const both = carillon.fcm.messages().filter((message) => message.address === carillon.tokens[7])
    expect(both).toHaveLength(2)
    const tags = both.map(({ body }) => JSON.parse(body).message.android.notification.tag)
    expect(tags[0]).toMatch(/^[A-Za-z0-9_-]{22}$/)
    expect(tags[1]).toBe(tags[0])
  })

  test('a lost answer is in doubt under at_most_once, and is not sent again', async () => {
    const carillon = await Carillon.start(backend, { devices: 50 })
    carillon.fcm.program({ addresses: [carillon.tokens[7] as string], effect: { lose: 'reset' } })
    const id = await carillon.send({ guarantee: 'at_most_once' })
    await carillon.closed(id)
    await expectReconciledCounts(carillon, id)
    expect(await carillon.counts(id)).toMatchObject({ sent: 49, in_doubt: 1 })
    expect(carillon.fcm.stats()).toMatchObject({ duplicates: 0 })
  })

  test('a refused credential pauses the campaign with a reason, and resuming sends to all', async () => {
    const carillon = await Carillon.start(backend, { devices: 120 })
    carillon.fcm.program({ effect: { answer: 'permission_denied' }, times: null })
    const id = await carillon.send()
    await until(async () => (await carillon.campaign(id)).state === 'paused', {
      what: 'the campaign has paused itself',
    })
    expect(await carillon.campaign(id)).toMatchObject({ pause_reason: 'credential_refused' })
    // The batch that met it, and its neighbour, are released a moment later.
    await until(async () => (await carillon.inHand(id)) === 0, { what: 'no batch is in hand any more' })
    expect(await carillon.counts(id)).toMatchObject({ sent: 0, failed: 0, spent: 0 })
    carillon.fcm.clearFaults()
    await carillon.resume(id)
    await carillon.closed(id)
    await expectReconciledCounts(carillon, id)
    expect(await carillon.counts(id)).toMatchObject({ sent: 120 })
  })

  test('a project that FCM does not know pauses the campaign and kills no token', async () => {
    const carillon = await Carillon.start(backend, { devices: 120, fcm: { project: 'another' } })
    const id = await carillon.send()
    await until(async () => (await carillon.campaign(id)).state === 'paused', {
      what: 'the campaign has paused itself',
    })
    expect(await carillon.campaign(id)).toMatchObject({ pause_reason: 'project_not_found' })
    const { rows } = await carillon.pool.query(`SELECT count(*) AS gone FROM devices WHERE state = 'gone'`)
    expect(rows[0].gone).toBe(0)
  })

  test('a campaign that fails for everybody pauses instead of burning through its audience', async () => {
    const carillon = await Carillon.start(backend, {
      devices: 3000,
      env: { BATCH_SIZE: 250, DISPATCH_BATCHES: 1, DISPATCH_CONCURRENCY: 20 },
    })
    carillon.fcm.program({ effect: { answer: 'sender_id_mismatch' }, times: null })
    const id = await carillon.send()
    await until(async () => (await carillon.campaign(id)).state === 'paused', {
      what: 'the campaign has paused itself',
    })
    const { pause_reason, pause_detail } = await carillon.campaign(id)
    expect(pause_reason).toBe('too_many_errors')
    expect(pause_detail).toContain('sender_id_mismatch')
    expect(carillon.fcm.stats().received).toBeLessThan(500)
  })

  test('members who opted out and devices deleted since planning are skipped, with the reason', async () => {
    const carillon = await Carillon.start(backend, { devices: 60, workers: ['planner'] })
    const [optedOut, deleted, gone] = carillon.deviceIds
    const id = await carillon.send()
    await until(async () => (await carillon.campaign(id)).is_planned, { what: 'the campaign is planned' })
    await carillon.pool.query(
      `UPDATE members SET opted_out_at = now() WHERE id = (SELECT member_id FROM devices WHERE id = $1)`,
      [optedOut],
    )
    await carillon.pool.query('DELETE FROM devices WHERE id = $1', [deleted])
    await carillon.pool.query(`UPDATE devices SET state = 'gone' WHERE id = $1`, [gone])
    await carillon.startWorker('dispatcher')
    await carillon.startWorker('maintenance')
    await carillon.closed(id)
    await expectReconciledCounts(carillon, id)
    const { rows } = await carillon.pool.query(
      'SELECT device_id, code FROM deliveries WHERE state = 3 ORDER BY device_id',
    )
    expect(rows).toEqual([
      { device_id: optedOut, code: 40 },
      { device_id: deleted, code: 42 },
      { device_id: gone, code: 41 },
    ])
    expect(await carillon.counts(id)).toMatchObject({ sent: 57, skipped: 3 })
  })
})

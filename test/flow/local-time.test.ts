/** A campaign at each member's local time, seen from FCM: nobody before the instant, nobody twice, everybody recorded. */
import { describe, expect, test } from 'vitest'
import { Carillon, stopChild } from '../support/carillon.ts'
import { expectReconciledCounts } from '../support/counts.ts'
import { createCampaign } from '../support/factories.ts'
import { queueBackends } from '../support/queues.ts'
import { until } from '../support/until.ts'

const ZONES = ['Asia/Seoul', 'Europe/Berlin', 'America/New_York']

/** 120 devices in three zones and 30 without, planned for 2030; `inSeconds` moves the instants of the zones to now. */
async function setup(backend: Parameters<typeof Carillon.start>[0], columns = {}) {
  const carillon = await Carillon.start(backend, { devices: 150, workers: [] })
  await carillon.pool.query(
    `UPDATE members m SET timezone = ($1::text[])[1 + d.id % 4] FROM devices d WHERE d.member_id = m.id`,
    [ZONES],
  )
  const others = [await carillon.startWorker('planner'), await carillon.startWorker('maintenance')]
  await carillon.startWorker('dispatcher')
  const id = await createCampaign(carillon.pool, {
    state: 'scheduled',
    scheduled_at: new Date(),
    updated_at: new Date(Date.now() - 60_000),
    local_at: '2030-12-24T20:00',
    late: 'skip',
    unknown_zone: 'skip',
    default_zone: 'UTC',
    local_since: new Date(),
    ...columns,
  })
  await until(async () => (await carillon.campaign(id)).is_planned, { what: 'it is planned' })
  const inSeconds = async (seconds: Record<string, number>) => {
    for (const [zone, after] of Object.entries(seconds)) {
      await carillon.pool.query(
        `UPDATE batches SET send_at = now() + make_interval(secs => $3) WHERE campaign_id = $1 AND zones = ARRAY[$2]`,
        [id, zone, after],
      )
    }
    await carillon.pool.query(
      `UPDATE campaigns SET scheduled_at = (SELECT min(send_at) FROM batches WHERE campaign_id = $1) WHERE id = $1`,
      [id],
    )
  }
  /** Of each zone: how many devices, what they have got, and how long after their instant the first and the last was sent. */
  const zones = async () => {
    const { rows } = await carillon.pool.query(
      `SELECT b.zones[1] AS zone, count(*)::int AS devices, count(*) FILTER (WHERE x.state = 1)::int AS sent,
         count(*) FILTER (WHERE x.state = 3)::int AS skipped,
         extract(epoch FROM min(x.sent_at - b.send_at))::float8 AS first, extract(epoch FROM max(x.sent_at - b.send_at))::float8 AS last
       FROM batches b CROSS JOIN unnest(b.device_ids) AS i (id)
       LEFT JOIN deliveries x ON x.campaign_id = b.campaign_id AND x.device_id = i.id
       WHERE b.campaign_id = $1 GROUP BY b.zones[1]`,
      [id],
    )
    return Object.fromEntries(rows.map(({ zone, ...row }) => [zone, row]))
  }
  return { carillon, id, inSeconds, zones, others }
}

describe.each(queueBackends())('a campaign at local times, on $name', (backend) => {
  test('each zone gets it at its instant and not before, through a pause and with maintenance dead, and nobody twice', async () => {
    const { carillon, id, inSeconds, zones } = await setup(backend)
    const { 'Asia/Seoul': seoul } = await zones()
    await inSeconds({ 'Asia/Seoul': 1, 'Europe/Berlin': 600, 'America/New_York': 1_200 })
    await until(() => carillon.fcm.stats().received === seoul.devices, { what: 'Seoul has it' })
    await until(async () => (await zones())[''].skipped > 0, { what: 'those without a zone are recorded' })
    // It waits for the others, and does not look finished.
    await until(async () => (await carillon.counts(id)).sent === seoul.devices, { what: 'Seoul is recorded' })
    expect((await zones())['Asia/Seoul'].first).toBeGreaterThan(0)
    expect(await carillon.campaign(id)).toMatchObject({ state: 'sending', closed_at: null })

    await carillon.pause(id)
    await inSeconds({ 'Europe/Berlin': -1 })
    await carillon.resume(id)
    await until(async () => (await zones())['Europe/Berlin'].sent > 0, {
      what: 'Berlin has it after the pause',
    })
    expect((await zones())['America/New_York']).toMatchObject({ sent: 0, skipped: 0 })

    await inSeconds({ 'America/New_York': 1 })
    await carillon.closed(id)
    await expectReconciledCounts(carillon, id)
    expect((await zones())['America/New_York'].first).toBeGreaterThan(0)
    expect((await carillon.counts(id)).skipped).toBe((await zones())[''].devices)
    expect(carillon.fcm.stats().received).toBe(150 - (await zones())[''].devices)
    expect(carillon.fcm.acceptedCounts(carillon.tokens).every((times) => times <= 1)).toBe(true)
  })

  test('a further zone is sent to without maintenance, as long as a dispatcher lives', async () => {
    const { carillon, id, inSeconds, zones, others } = await setup(backend, { unknown_zone: 'default' })
    await inSeconds({ 'Asia/Seoul': 0, 'Europe/Berlin': 600, 'America/New_York': 600, '': 600 })
    await until(async () => (await zones())['Asia/Seoul'].sent > 0, { what: 'Seoul has it' })
    for (const child of others) await stopChild(child, 'SIGKILL')
    await inSeconds({ 'Europe/Berlin': 1 })
    await until(async () => (await zones())['Europe/Berlin'].sent > 0, { what: 'Berlin has it' })
    const berlin = (await zones())['Europe/Berlin']
    expect(berlin.first).toBeGreaterThan(0)
    expect(berlin.first).toBeLessThan(5)

    // Canceled in between, the rest is canceled, and everybody is accounted for.
    await carillon.cancel(id)
    await carillon.startWorker('maintenance')
    await carillon.closed(id)
    await expectReconciledCounts(carillon, id)
    const counts = await carillon.counts(id)
    expect(counts.sent + counts.canceled).toBe(150)
    expect(carillon.fcm.stats().received).toBe(counts.sent)

    const resend = await carillon.resend(id, 'canceled')
    await carillon.startWorker('planner')
    await carillon.closed(resend)
    expect(carillon.fcm.acceptedCounts(carillon.tokens)).toEqual(carillon.tokens.map(() => 1))
  })
})

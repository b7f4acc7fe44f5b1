/**
 * Apps change from registration tokens to installation ids while a campaign to all of them is being sent. Counted is what each
 * phone gets, at whichever address, by the fake FCM: exactly one message.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { seedDevices } from '../../testing/devices/seed-devices.ts'
import { fidFor, platformFor, tokenFor } from '../../testing/fake-fcm/token.ts'
import { type Installation, openInstallation } from '../../testing/installation/installation.ts'
import { rounded } from '../../testing/terminal/format.ts'
import { whole } from '../../testing/terminal/options.ts'
import { ApiClient } from '../campaign/api-client.ts'
import { CampaignRecord, runCampaign } from '../campaign/run-campaign.ts'
import * as shared from '../options.ts'
import { benchmark, fullSpeed } from './benchmark.ts'

const SEED = 1
/** Of a request to the fake for its counts. */
const COUNTED_AT_ONCE = 5_000

export const migrate = benchmark(
  `Apps change from tokens to installation ids during a campaign: what each phone gets.
Fails when a phone gets no message, or two.`,
  {
    devices: whole(100, 1_000_000, 20_000, 'phones'),
    dispatchers: shared.dispatchers(2),
    apps: whole(1, 200, 8, 'apps that register at a time'),
    messagesPerMinute: whole(1_000, 1_000_000, 40_000, 'rate of the campaign'),
    latencyMs: shared.latencyMs(shared.REAL_LATENCY),
  },
  async ({ devices, dispatchers, apps, messagesPerMinute, latencyMs }, context) => {
    const { stack, signal } = context
    const carillon = await openInstallation(
      stack,
      { ...fullSpeed(context), dispatchers, messagesPerMinute, fcm: { latencyMs } },
      signal,
    )
    await seedDevices(carillon.pool, devices, SEED, () => {}, signal)
    const api = new ApiClient(carillon.address, carillon.key, signal)
    const sent = Promise.withResolvers<void>()
    const order = {
      audience: { all: true },
      expected: devices,
      record: new CampaignRecord(),
      onSend: () => sent.resolve(),
    }
    const startedAt = performance.now()
    const sending = runCampaign(api, order, signal).then((view) => ({ view, endedAt: performance.now() }))
    await Promise.race([sent.promise, sending])
    const registered = await Promise.race([migrateAll(carillon, devices, apps, signal), carillon.loss])
    const { view, endedAt } = await Promise.race([sending, carillon.loss])
    const phones = await countByPhone(carillon, devices)
    const { byStatus } = await carillon.fcm.stats()
    const { sent: recorded, failed, skipped, inDoubt } = view.progress
    const figures = {
      phones: devices,
      campaignSeconds: rounded((endedAt - startedAt) / 1000, 1),
      registrationSeconds: rounded((registered.at(-1) ?? 0) / 1000 - startedAt / 1000, 1),
      changedDuringTheCampaign: registered.filter((at) => at < endedAt).length,
      reachedAtToken: phones.atToken,
      reachedAtInstallationId: phones.atFid,
      refusedAtOldAddress: byStatus['404'] ?? 0,
      recorded: { sent: recorded, failed, skipped, inDoubt },
      missed: phones.missed,
      twice: phones.twice,
    }
    const wrong = [
      figures.missed > 0 && `${figures.missed} phones got no message`,
      figures.twice > 0 && `${figures.twice} phones got more than one message`,
      recorded !== devices && `${recorded} of ${devices} devices are recorded as sent`,
    ].filter((sentence) => sentence !== false)
    return { ...figures, wrong }
  },
)

/** In an order of its own, several at a time. Returns when each was done. */
async function migrateAll(
  carillon: Installation,
  devices: number,
  apps: number,
  signal: AbortSignal,
): Promise<number[]> {
  const doneAt: number[] = []
  let next = 0
  const app = async () => {
    while (next < devices) {
      // 7,919 is a prime: every phone comes once, unless it divides their number.
      const phone = devices % 7_919 === 0 ? next : (next * 7_919) % devices
      next += 1
      await register(carillon, phone, devices, signal)
      // What the app does last: from now on FCM does not know its token.
      await carillon.fcm.retire([tokenFor(phone, { seed: SEED })])
      doneAt.push(performance.now())
    }
  }
  await Promise.all(Array.from({ length: apps }, app))
  return doneAt
}

async function register(
  { address, key }: Installation,
  phone: number,
  devices: number,
  signal: AbortSignal,
): Promise<void> {
  const member = (phone % Math.ceil(devices * 0.8)) + 1
  const body = JSON.stringify({
    externalId: `member-${member}`,
    platform: platformFor(phone),
    kind: 'fid',
    replaces: tokenFor(phone, { seed: SEED }),
  })
  for (;;) {
    const answer = await fetch(`${address}/v1/devices/${fidFor(phone, { seed: SEED })}`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body,
      signal,
    })
    const text = await answer.text()
    if (answer.ok) return
    if (answer.status !== 429 && answer.status !== 503) {
      throw new Error(`A registration was answered with ${answer.status}: ${text}`)
    }
    await delay(200, undefined, { signal })
  }
}

async function countByPhone({ fcm }: Installation, devices: number) {
  const counts = { atToken: 0, atFid: 0, missed: 0, twice: 0 }
  for (let first = 0; first < devices; first += COUNTED_AT_ONCE) {
    const phones = Array.from({ length: Math.min(COUNTED_AT_ONCE, devices - first) }, (_, n) => first + n)
    const atToken = await fcm.acceptedCounts(phones.map((n) => tokenFor(n, { seed: SEED })))
    const atFid = await fcm.acceptedCounts(phones.map((n) => fidFor(n, { seed: SEED })))
    for (const [index, token] of atToken.entries()) {
      const fid = atFid[index] ?? 0
      counts.atToken += token
      counts.atFid += fid
      if (token + fid === 0) counts.missed += 1
      if (token + fid > 1) counts.twice += 1
    }
  }
  return counts
}

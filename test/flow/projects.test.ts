/** Two projects in one installation, each with its own FCM. Both have the same members and the same tokens. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { startFakeFcm } from '../../testing/fake-fcm/fake-fcm.ts'
import type { FakeFcmOptions } from '../../testing/fake-fcm/options.ts'
import { startTokenService } from '../../testing/fake-fcm/token-service.ts'
import { Carillon } from '../support/carillon.ts'
import { expectReconciledCounts } from '../support/counts.ts'
import { createShop } from '../support/factories.ts'
import { queueBackends } from '../support/queues.ts'
import { until } from '../support/until.ts'

const [backend] = queueBackends()
if (backend === undefined) throw new Error('no queue')
const DEVICES = 200

async function setup(shopOptions: FakeFcmOptions = {}, env: Record<string, string | number> = {}) {
  const carillon = await Carillon.start(backend as NonNullable<typeof backend>, {
    devices: DEVICES,
    fcm: { project: 'carillon-test', bearers: ['owner'] },
    workers: [],
  })
  const shop = await startFakeFcm({ project: 'shop-1', ...shopOptions })
  onTestFinished(() => shop.close())
  const directory = mkdtempSync(join(tmpdir(), 'carillon-test-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  const caFile = join(directory, 'both.pem')
  writeFileSync(
    caFile,
    [carillon.fcm.caFile, shop.caFile].map((file) => readFileSync(file, 'utf8')).join('\n'),
  )
  await createShop(carillon.pool)
  const changeShop = (columns: string, values: unknown[]) =>
    carillon.pool.query(`UPDATE projects SET ${columns} WHERE id = 2`, values)
  await changeShop(`endpoint = $1, fcm_project_id = 'shop-1'`, [shop.origin])
  const start = async () => {
    for (const name of ['planner', 'dispatcher', 'maintenance'] as const) {
      await carillon.startWorker(name, { FCM_CA_FILE: caFile, ...env })
    }
  }
  const expectAllSent = async (...ids: string[]) => {
    for (const id of ids) {
      await carillon.closed(id)
      await expectReconciledCounts(carillon, id)
      expect(await carillon.counts(id)).toMatchObject({ sent: DEVICES, size: DEVICES, failed: 0, skipped: 0 })
    }
  }
  return { carillon, shop, changeShop, start, expectAllSent }
}

test('each project sends through its own FCM, with its own project id and credential', async () => {
  const service = await startTokenService()
  onTestFinished(() => service.close())
  const { carillon, shop, changeShop, start, expectAllSent } = await setup(
    { bearers: ['minted-1'] },
    { FCM_ENDPOINT_TRUSTED: 'true' },
  )
  await changeShop('credentials_file = $1', [service.env.GOOGLE_APPLICATION_CREDENTIALS])
  await start()
  const [one, two] = [await carillon.send(), await carillon.send({ project_id: 2 })]
  await expectAllSent(one, two)
  // A fake FCM answers 404 to any other project, and 401 to any other credential.
  for (const fcm of [carillon.fcm, shop]) {
    expect(fcm.stats()).toMatchObject({ received: DEVICES, accepted: DEVICES, distinct: DEVICES })
  }
})

test('each project has its own quota: a 429 slows the other down no more than its rate does', async () => {
  const { carillon, shop, changeShop, start, expectAllSent } = await setup()
  await changeShop('messages_per_minute = $1', [60_000])
  shop.program({ effect: { answer: 'quota_project', retryAfter: '1' }, times: 10 })
  await start()
  await expectAllSent(await carillon.send(), await carillon.send({ project_id: 2 }))
  const { rows } = await carillon.pool.query(
    `SELECT key, share < 1 AS is_slowed, next_at > start_at AS is_limited FROM rate_limits ORDER BY key`,
  )
  expect(rows).toEqual([
    { key: 'project:1', is_slowed: false, is_limited: false },
    { key: 'project:2', is_slowed: true, is_limited: true },
  ])
})

test('a project whose FCM is down does not stop the other', async () => {
  const { carillon, shop, start, expectAllSent } = await setup(
    {},
    { FCM_BREAKER_FAULTS: 20, FCM_BREAKER_WAIT_MS: 600_000 },
  )
  shop.program({ effect: { answer: 'unavailable' }, times: null })
  await start()
  const down = await carillon.send({ project_id: 2 })
  const breakers = async () => {
    const [process] = await carillon.processes('dispatcher')
    return process.figures.projects.map(({ name, breaker }: Record<string, string>) => [name, breaker])
  }
  const isOpen = async () => (await breakers())[0]?.[1] === 'open'
  await until(async () => (await isOpen()) && (await carillon.inHand(down)) === 0, {
    what: 'the slots wait for the breaker',
  })
  expect(await breakers()).toEqual([['shop', 'open']])
  await expectAllSent(await carillon.send())
  await until(async () => (await breakers()).length === 2, { what: 'the dispatcher has reported' })
  expect(await breakers()).toEqual([
    ['default', 'closed'],
    ['shop', 'open'],
  ])
  expect(await carillon.campaign(down)).toMatchObject({ state: 'sending' })
  expect(await carillon.counts(down)).toMatchObject({ sent: 0 })
})

test('a project with an unreadable credentials file pauses its campaign alone, and can be resumed', async () => {
  const { carillon, shop, changeShop, start, expectAllSent } = await setup()
  await changeShop('credentials_file = $1', ['/nowhere/shop.json'])
  await start()
  const [broken, other] = [await carillon.send({ project_id: 2 }), await carillon.send()]
  await until(async () => (await carillon.campaign(broken)).state === 'paused', {
    what: 'the campaign has paused itself',
  })
  const { pause_reason, pause_detail } = await carillon.campaign(broken)
  expect(pause_reason).toBe('project_misconfigured')
  expect(pause_detail).toContain('Project "shop" cannot send: credentials_file')
  expect(pause_detail).toContain('/nowhere/shop.json')
  await expectAllSent(other)
  expect(await carillon.counts(broken)).toMatchObject({ sent: 0, spent: 0 })
  await changeShop('credentials_file = NULL', [])
  await carillon.resume(broken)
  await expectAllSent(broken)
  expect(shop.stats()).toMatchObject({ accepted: DEVICES })
})

/** Processes that look after themselves, short of memory or standing still: nothing is lost, and nobody gets it twice. */
import { randomUUIDv7 } from 'node:crypto'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { createApiKey } from '../../src/access/api-key-store.ts'
import { openPrisma } from '../../src/postgres/prisma.ts'
import { ProcessGroup } from '../../src/process/process-group.ts'
import { startWebhook } from '../health/webhook.ts'
import { Carillon } from '../support/carillon.ts'
import { expectReconciledCounts } from '../support/counts.ts'
import { queueBackends } from '../support/queues.ts'
import { until } from '../support/until.ts'

const [backend] = queueBackends()
if (backend === undefined) throw new Error('no queue')

/** Twice the longest of the lease, a request's time and, with two seconds more, a statement's. */
const PATIENCE_OF_10_S = {
  BATCH_LEASE_MS: 5_000,
  FCM_REQUEST_TIMEOUT_MS: 2_500,
  DATABASE_STATEMENT_TIMEOUT_MS: 3_000,
}

const HERE = fileURLToPath(new URL('.', import.meta.url))
const worker = (name: string) => join(HERE, `../../workers/${name}.ts`)

/** One process that is started again when it ends, and that takes up memory when it is sent SIGUSR2. */
async function supervised(carillon: Carillon, name: string, share: number, env: Record<string, string> = {}) {
  const losses: string[] = []
  const supervisor = new ProcessGroup({
    env: {
      ...carillon.env,
      ...env,
      MEMORY_LIMIT_MB: '400',
      BALLAST_SHARE: String(share),
      NODE_OPTIONS: `--import=${join(HERE, 'fixtures/ballast.ts')}`,
    },
    onLoss: (_name, how) => {
      losses.push(how)
      return true
    },
  })
  onTestFinished(async () => {
    await supervisor.stop()
  })
  const facts = await supervisor.start({ name, file: worker(name), semiSpaceMb: 4 })
  const toggle = () => process.kill(supervisor.pids.get(name) as number, 'SIGUSR2')
  return { losses, toggle, facts }
}

test('short of memory, a dispatcher releases, ends with 0 and is started again; nothing is lost, sent twice or spent', async () => {
  const webhook = await startWebhook()
  const carillon = await Carillon.start(backend, {
    devices: 400,
    workers: ['planner', 'maintenance'],
    env: {
      DISPATCH_CONCURRENCY: 20,
      ALERT_WEBHOOK_URL: webhook.url,
    },
  })
  const { losses, toggle } = await supervised(carillon, 'dispatcher', 0.85)
  const gate = carillon.fcm.hold()
  const id = await carillon.send()
  await gate.waitForHeld(20)
  toggle()
  await until(async () => (await carillon.processes('dispatcher'))[0]?.figures.state === 'draining', {
    what: 'it is stopping',
  })
  gate.open()
  await until(() => losses.length > 0, { what: 'it has ended', timeoutMs: 45_000 })
  expect(losses).toEqual(['exit status 0'])

  await carillon.closed(id)
  await expectReconciledCounts(carillon, id)
  expect(await carillon.counts(id)).toMatchObject({ sent: 400, spent: 0 })
  expect(carillon.fcm.stats()).toMatchObject({ distinct: 400, duplicates: 0 })
  const [first, second] = await carillon.processes('dispatcher')
  expect(first.exit_reason).toMatch(/^memory: \d+ of 400 MB/)
  expect(first.figures.errors).toMatchObject([{ message: expect.stringContaining('memory use is high') }])
  expect(second).toMatchObject({ stopped_at: null })
  expect(webhook.alerts.map(({ alert }) => alert)).toEqual(['memory_high', 'memory_releasing'])
})

test('with next to no memory left it ends at once, with a status of its own, and says so', async () => {
  const webhook = await startWebhook()
  const carillon = await Carillon.start(backend, {
    devices: 0,
    workers: [],
    env: { ALERT_WEBHOOK_URL: webhook.url, LOG_LEVEL: 'silent' },
  })
  const { losses, toggle } = await supervised(carillon, 'dispatcher', 0.95)
  toggle()
  await until(() => losses.length > 0, { what: 'it has ended', timeoutMs: 45_000 })
  expect(losses).toEqual(['exit status 75'])
  expect((await carillon.processes('dispatcher'))[0].exit_reason).toMatch(/^memory exhausted: \d+ of 400 MB/)
  expect(webhook.alerts.map(({ alert }) => alert)).toEqual(['memory_exhausted'])
})

test('short of memory, the API refuses what is heavy and nothing else, until there is room again', async () => {
  const carillon = await Carillon.start(backend, { devices: 1, workers: [], env: { LOG_LEVEL: 'silent' } })
  const { toggle, facts, losses } = await supervised(carillon, 'api', 0.74)
  const prisma = openPrisma(carillon.pool)
  onTestFinished(() => prisma.$disconnect())
  const { key } = await createApiKey(prisma, {
    id: randomUUIDv7(),
    name: 'a',
    role: 'admin',
    expiresAt: null,
  })
  const headers = { authorization: `Bearer ${key}` }
  const status = async (path: string, init: RequestInit = {}) =>
    (await fetch(`${facts.url}${path}`, { headers, ...init })).status
  const register = () =>
    status('/v1/devices/a-token-of-some-length', {
      method: 'PUT',
      headers: { ...headers, 'content-type': 'application/json' },
      body: '{"externalId":"a","platform":"ios"}',
    })
  expect(await register()).toBeLessThan(300)
  toggle()
  await until(async () => (await register()) === 429, {
    what: 'registrations are refused',
    // Asking a hundred times a second would take up the very memory that is to be let go.
    intervalMs: 200,
    timeoutMs: 45_000,
  })
  expect(await status('/v1/campaigns')).toBe(200)
  expect(await status('/health/ready')).toBe(200)
  await until(async () => (await carillon.processes('api'))[0].figures.state === 'memory_high', {
    what: 'its row says why',
  })
  expect((await carillon.processes('api'))[0].figures.rssLimitBytes).toBe(400 * 1024 * 1024)
  toggle()
  await until(async () => (await register()) < 300, {
    what: 'registrations are taken again',
    intervalMs: 200,
    timeoutMs: 45_000,
  })
  expect(losses).toEqual([])
})

test('a dispatcher that stands still while there is work ends, says why, and leaves what hangs to the next', async () => {
  const webhook = await startWebhook()
  const carillon = await Carillon.start(backend, {
    devices: 200,
    workers: ['planner', 'maintenance'],
    env: { ...PATIENCE_OF_10_S, ALERT_WEBHOOK_URL: webhook.url, LOG_LEVEL: 'fatal' },
  })
  const stuck = await carillon.startProcess(
    new URL('fixtures/hanging-dispatcher.ts', import.meta.url),
    'dispatcher',
  )
  const id = await carillon.send()
  const [code] = await once(stuck, 'exit')
  expect(code).toBe(0)
  // Everything but the batch that hangs was sent; of that, nothing had left.
  expect(carillon.fcm.stats()).toMatchObject({ distinct: 150, duplicates: 0 })
  expect((await carillon.processes('dispatcher'))[0].exit_reason).toMatch(
    /^no progress for \d+ s while work was waiting$/,
  )
  expect(webhook.alerts).toMatchObject([{ alert: 'standstill', batchesInHand: 1, messagesInFlight: 50 }])

  await carillon.startWorker('dispatcher')
  await carillon.closed(id)
  await expectReconciledCounts(carillon, id)
  // The attempt that hung counts: a batch that makes everyone hang must come to an end.
  expect(await carillon.counts(id)).toMatchObject({ sent: 200, spent: 1 })
  expect(carillon.fcm.stats()).toMatchObject({ distinct: 200, duplicates: 0 })
})

test('answers that all come too late are slow, and no standstill', async () => {
  const carillon = await Carillon.start(backend, {
    devices: 50,
    workers: ['planner', 'maintenance'],
    // One message at a time, each given up after a second, and no result for it: longer than the patience.
    env: { ...PATIENCE_OF_10_S, FCM_REQUEST_TIMEOUT_MS: 1_000, DISPATCH_CONCURRENCY: 1 },
  })
  const slow = await carillon.startWorker('dispatcher')
  const gate = carillon.fcm.hold({ at: 'answer' })
  const id = await carillon.send()
  await until(() => carillon.fcm.stats().received > 12, { what: 'twelve were given up', timeoutMs: 45_000 })
  expect(slow.exitCode).toBeNull()
  expect((await carillon.counts(id)).sent).toBe(0)
  gate.open()
  await carillon.closed(id)
  expect(slow.exitCode).toBeNull()
  expect(carillon.fcm.stats().distinct).toBe(50)
})

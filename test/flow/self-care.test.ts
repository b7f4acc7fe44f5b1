/** A dispatcher that ends itself, short of memory or standing still, and is started again: nobody gets it twice. */
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { ProcessGroup } from '../../src/runtime/process-group.ts'
import { expectBalancedBooks } from '../support/books.ts'
import { Carillon } from '../support/carillon.ts'
import { conveyorBackends } from '../support/conveyors.ts'
import { until } from '../support/until.ts'
import { startWebhook } from '../vitals/webhook.ts'

const [backend] = conveyorBackends()
if (backend === undefined) throw new Error('no conveyor')

const fixture = (name: string) => new URL(`fixtures/${name}.ts`, import.meta.url)

test('short of memory, a dispatcher hands back, ends with 0 and is started again; nothing is lost, sent twice or spent', async () => {
  const webhook = await startWebhook()
  const carillon = await Carillon.start(backend, {
    devices: 400,
    workers: ['planner', 'upkeep'],
    env: {
      DISPATCH_CONCURRENCY: 20,
      MEMORY_LIMIT_MB: 400,
      ALERT_WEBHOOK_URL: webhook.url,
      // Answers are held until it hands back, and are not to be given up before.
      FCM_REQUEST_TIMEOUT_MS: 20_000,
      BATCH_LEASE_MS: 40_000,
      STOP_TIMEOUT_MS: 30_000,
    },
  })
  const losses: string[] = []
  const supervisor = new ProcessGroup({
    env: carillon.env,
    onLoss: (_name, how) => {
      losses.push(how)
      return true
    },
  })
  onTestFinished(async () => {
    await supervisor.stop()
  })
  const file = fileURLToPath(fixture('ballast-dispatcher'))
  await supervisor.start({ name: 'dispatcher', file, semiSpaceMb: 4 })
  const gate = carillon.fcm.hold()
  const id = await carillon.send()
  await gate.waitForHeld(20)
  process.kill(supervisor.pids.get('dispatcher') as number, 'SIGUSR2')
  await until(async () => (await carillon.processes('dispatcher'))[0]?.figures.state === 'draining', {
    what: 'it is stopping',
    timeoutMs: 15_000,
  })
  gate.open()
  await until(() => losses.length > 0, { what: 'it has ended', timeoutMs: 15_000 })
  expect(losses).toEqual(['exit status 0'])

  await carillon.closed(id)
  await expectBalancedBooks(carillon, id)
  expect(await carillon.counts(id)).toMatchObject({ sent: 400, spent: 1 })
  expect(carillon.fcm.stats()).toMatchObject({ distinct: 400, duplicates: 0 })
  const [first, second] = await carillon.processes('dispatcher')
  expect(first.exit_reason).toMatch(/^memory: \d+ of 400 MB/)
  expect(first.figures.errors).toMatchObject([{ message: expect.stringContaining('memory is short') }])
  expect(second).toMatchObject({ stopped_at: null })
  expect(webhook.alerts.map(({ alert }) => alert)).toEqual(['memory_high', 'memory_handing_back'])
}, 60_000)

test('a dispatcher that stands still while there is work ends, says why, and leaves what hangs to the next', async () => {
  const webhook = await startWebhook()
  const carillon = await Carillon.start(backend, {
    devices: 200,
    workers: ['planner', 'upkeep'],
    // The patience is twice the longest of these, and two seconds: 6 s.
    env: { DATABASE_STATEMENT_TIMEOUT_MS: 1_000, ALERT_WEBHOOK_URL: webhook.url, LOG_LEVEL: 'fatal' },
  })
  const stuck = await carillon.startProcess(fixture('hanging-dispatcher'), 'dispatcher')
  const id = await carillon.send()
  const [code] = await once(stuck, 'exit')
  expect(code).toBe(0)
  // Everything but the batch that hangs was sent; of that, nothing had left.
  expect(carillon.fcm.stats()).toMatchObject({ distinct: 150, duplicates: 0 })
  expect((await carillon.processes('dispatcher'))[0].exit_reason).toMatch(
    /^no progress for \d+ s while work waits$/,
  )
  expect(webhook.alerts).toMatchObject([{ alert: 'standstill', batchesInHand: 1, messagesInFlight: 50 }])

  await carillon.startWorker('dispatcher')
  await carillon.closed(id)
  await expectBalancedBooks(carillon, id)
  // The attempt that hung counts: a batch that makes everyone hang must come to an end.
  expect(await carillon.counts(id)).toMatchObject({ sent: 200, spent: 2 })
  expect(carillon.fcm.stats()).toMatchObject({ distinct: 200, duplicates: 0 })
}, 60_000)

import { expect, test } from 'vitest'
import { Carillon, stopChild } from '../support/carillon.ts'
import { expectReconciledCounts } from '../support/counts.ts'
import { queueBackends } from '../support/queues.ts'
import { until } from '../support/until.ts'

const [backend] = queueBackends()
if (backend === undefined) throw new Error('no queue')

test('results that cannot be written (disk full) do not make every attempt send to the whole batch again', async () => {
  const carillon = await Carillon.start(backend, {
    devices: 100,
    workers: ['planner', 'maintenance'],
    env: { BATCH_SIZE: 100, RETRY_ATTEMPTS: 4, FCM_REQUEST_TIMEOUT_MS: 1000, BATCH_LEASE_MS: 2000 },
  })
  await carillon.pool.query(`CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$`)
  await carillon.pool.query(
    'CREATE TRIGGER full_disk BEFORE INSERT ON deliveries FOR EACH ROW EXECUTE FUNCTION full_disk()',
  )
  await carillon.startWorker('dispatcher')
  const id = await carillon.send()
  await until(async () => ((await carillon.counts(id)).attempts ?? 0) >= 4, {
    what: 'four attempts',
    timeoutMs: 20_000,
  }).catch(() => {})
  const most = Math.max(...carillon.tokens.map((token) => carillon.fcm.acceptedCount(token)))
  await carillon.pool.query('DROP TRIGGER full_disk ON deliveries')
  expect(most, 'times one device got the message').toBeLessThanOrEqual(2)
})

test('at_most_once: a killed dispatcher leaves at most 100 devices of a batch in doubt', async () => {
  const carillon = await Carillon.start(backend, {
    devices: 500,
    workers: ['planner', 'maintenance'],
    env: { BATCH_SIZE: 500, DISPATCH_CONCURRENCY: 25 },
  })
  const doomed = await carillon.startWorker('dispatcher')
  const gate = carillon.fcm.hold({ at: 'answer' })
  const id = await carillon.send({ guarantee: 'at_most_once' })
  await gate.waitForHeld(25)
  await stopChild(doomed, 'SIGKILL')
  gate.open()
  await carillon.startWorker('dispatcher')
  await carillon.closed(id)
  await expectReconciledCounts(carillon, id)
  const { in_doubt } = await carillon.counts(id)
  expect(in_doubt).toBeLessThanOrEqual(100)
})

test('kill -9 while PostgreSQL is slow to take results: repeats stay within the stated bound', async () => {
  const env = { BATCH_SIZE: 500, DISPATCH_CONCURRENCY: 10, DISPATCH_BATCHES: 1, RECORD_CHUNK: 10 }
  const carillon = await Carillon.start(backend, { devices: 500, workers: ['planner', 'maintenance'], env })
  const doomed = await carillon.startWorker('dispatcher')
  // Somebody holds the table for a second (a dropped partition, CREATE INDEX, a long check of constraints).
  const client = await carillon.pool.connect()
  await client.query('BEGIN; LOCK TABLE deliveries IN SHARE MODE')
  const id = await carillon.send()
  await carillon.fcm.whenAccepted(30)
  // Killed only when it has stopped sending by itself: otherwise the kill, and not the bound, would keep repeats few.
  let before = 0
  let looks = 0
  await until(
    () => {
      const { accepted } = carillon.fcm.stats()
      looks = accepted === before ? looks + 1 : 0
      before = accepted
      return looks >= 20
    },
    { what: 'that nothing more is sent' },
  )
  await stopChild(doomed, 'SIGKILL')
  await client.query('ROLLBACK')
  client.release()
  await carillon.startWorker('dispatcher')
  await carillon.closed(id)
  // Ten chunks unwritten, and what was in flight then: sending waits for the table, and does not pile up results.
  expect(carillon.fcm.stats().surplus).toBeLessThanOrEqual(10 * 10 + 10)
})

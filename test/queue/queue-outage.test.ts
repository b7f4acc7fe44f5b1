import { describe, expect, onTestFinished, test } from 'vitest'
import { createLogger } from '../../src/process/logger.ts'
import { BATCHES } from '../../src/queue/bullmq-backend.ts'
import { openJobQueue } from '../../src/queue/bullmq-job-queue.ts'
import type { BatchRef } from '../../src/queue/job-queue.ts'
import { QueueWorker } from '../../src/queue/queue-worker.ts'
import { TcpDoor } from '../../testing/network/tcp-door.ts'
import { testConfig } from '../support/config.ts'
import { createTestDatabase } from '../support/database.ts'
import { queueBackends } from '../support/queues.ts'
import { until } from '../support/until.ts'

describe.each(queueBackends())('the queue on $name', (backend) => {
  const setup = async () => {
    const database = await createTestDatabase()
    const { redisUrl } = backend
    const door = await TcpDoor.to(redisUrl ?? database.url)
    const throughDoor = (address: string) => {
      const url = new URL(address)
      url.host = door.host
      return url.href
    }
    const env =
      redisUrl === null
        ? { ...backend.env, DATABASE_URL: throughDoor(database.url) }
        : { ...backend.env, DATABASE_URL: database.url, REDIS_URL: throughDoor(redisUrl) }
    const config = testConfig(env)
    const log = createLogger('test', 'silent')
    return { door, config, log, open: () => openJobQueue(config, 'test', log) }
  }
  const works = (queue: ReturnType<typeof openJobQueue>) =>
    queue.size().then(
      () => true,
      () => false,
    )

  test('opened while its server was away, it works when that is back', async () => {
    const { door, open } = await setup()
    await door.shut()
    const queue = open()
    expect(await works(queue)).toBe(false)
    await door.open()
    await until(() => works(queue), { what: 'the queue can be asked' })
    await queue.addBatchJobs([{ campaignId: crypto.randomUUID(), seq: 0, turn: 1 }], 5)
    expect(await queue.size()).toBe(1)
    await queue.close()
    await door.shut()
  })

  test('its server away for a while, it works when that is back', async () => {
    const { door, open } = await setup()
    const queue = open()
    await until(() => works(queue), { what: 'the queue can be asked' })
    await door.shut()
    expect(await works(queue)).toBe(false)
    await door.open()
    await until(() => works(queue), { what: 'the queue can be asked again' })
    await door.shut()
    // Away once more: closing has nobody to say goodbye to, and is no failure.
    await queue.close()
  })

  test('a worker takes jobs again within seconds of an outage', async () => {
    const { door, config, log, open } = await setup()
    const taken: number[] = []
    const worker = new QueueWorker<BatchRef>(
      BATCHES,
      config,
      'test',
      1,
      async ({ data }) => {
        taken.push(data.seq)
      },
      log,
    )
    const queue = open()
    await worker.waitUntilReady()
    const put = (seq: number) => queue.addBatchJobs([{ campaignId: crypto.randomUUID(), seq, turn: 1 }], 5)
    await put(0)
    await until(() => taken.includes(0), { what: 'it takes jobs' })
    await door.shut()
    await until(async () => !(await works(queue)), { what: 'the queue is away' })
    await door.open()
    await until(
      () =>
        put(1).then(
          () => true,
          () => false,
        ),
      { what: 'jobs can be put on' },
    )
    await until(() => taken.includes(1), { what: 'it takes jobs again' })
    await worker.close()
    await queue.close()
    await door.shut()
  })

  test('a worker closed while its server is away waits for what is in hand, and no longer', async () => {
    const { door, config, log, open } = await setup()
    const hold = Promise.withResolvers<void>()
    let isTaken = false
    const take = async () => {
      isTaken = true
      await hold.promise
    }
    const worker = new QueueWorker<BatchRef>(BATCHES, config, 'test', 1, take, log)
    const queue = open()
    await worker.waitUntilReady()
    await queue.addBatchJobs([{ campaignId: crypto.randomUUID(), seq: 0, turn: 1 }], 5)
    await until(() => isTaken, { what: 'a job is in hand' })
    await door.shut()
    await until(async () => !(await works(queue)), { what: 'the queue is away' })
    let isClosed = false
    const startedAt = performance.now()
    const closed = worker.close().then(() => {
      isClosed = true
    })
    // Longer than a goodbye is waited for.
    await until(() => performance.now() - startedAt > 2_500, { what: 'some time has passed' })
    expect(isClosed).toBe(false)
    hold.resolve()
    await closed
    await queue.close()
  })
})

test('a connection to PostgreSQL that breaks while BullMQ has it in use is an error to whoever asked, and nothing more', async () => {
  const { url, pool } = await createTestDatabase()
  const door = await TcpDoor.to(url)
  const address = new URL(url)
  address.host = door.host
  const config = testConfig({ DATABASE_URL: address.href })
  const uncaught: Error[] = []
  const note = (error: Error) => void uncaught.push(error)
  process.on('uncaughtExceptionMonitor', note)
  onTestFinished(() => void process.off('uncaughtExceptionMonitor', note))
  const { rows: tables } = await pool.query<{ name: string }>(
    `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname LIKE '%queue'`,
  )
  const holder = await pool.connect()
  await holder.query(`BEGIN; LOCK TABLE ${tables.map(({ name }) => name).join(', ')}`)

  const queue = openJobQueue(config, 'test', createLogger('test', 'silent'))
  const asked = queue.size().then(
    () => 'answered',
    () => 'refused',
  )
  await until(
    async () => {
      const { rowCount } = await pool.query(
        `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
           AND application_name = 'carillon-test-queue'`,
      )
      return (rowCount ?? 0) > 0
    },
    { what: 'it waits for a lock' },
  )
  // As in a crash: nothing is said, the connection is gone.
  await door.shut()
  expect(await asked).toBe('refused')
  await holder.query('ROLLBACK')
  holder.release()
  expect(uncaught).toEqual([])
  await door.open()
  expect(await until(() => queue.size(), { what: 'it can be asked again' })).toBe(0)
  await queue.close()
  await door.shut()
})

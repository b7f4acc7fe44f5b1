import { describe, expect, onTestFinished, test } from 'vitest'
import { BATCHES } from '../../src/queue/bullmq-backend.ts'
import { openConveyor } from '../../src/queue/bullmq-job-queue.ts'
import type { BatchRef } from '../../src/queue/job-queue.ts'
import { ConveyorWorker } from '../../src/queue/queue-worker.ts'
import { createLogger } from '../../src/process/logger.ts'
import { testConfig } from '../support/config.ts'
import { conveyorBackends } from '../support/queues.ts'
import { createTestDatabase } from '../support/database.ts'
import { Door } from '../support/door.ts'
import { until } from '../support/until.ts'

describe.each(conveyorBackends())('the conveyor on $name', (backend) => {
  const setup = async () => {
    const database = await createTestDatabase()
    const { redisUrl } = backend
    const door = await Door.to(redisUrl ?? database.url)
    const throughDoor = (address: string) => {
      const url = new URL(address)
      url.host = new URL(door.origin).host
      return url.href
    }
    const env =
      redisUrl === null
        ? { ...backend.env, DATABASE_URL: throughDoor(database.url) }
        : { ...backend.env, DATABASE_URL: database.url, REDIS_URL: throughDoor(redisUrl) }
    const config = testConfig(env)
    const log = createLogger('test', 'silent')
    return { door, config, log, open: () => openConveyor(config, 'test', log) }
  }
  const works = (conveyor: ReturnType<typeof openConveyor>) =>
    conveyor.size().then(
      () => true,
      () => false,
    )

  test('opened while its server was away, it works when that is back', async () => {
    const { door, open } = await setup()
    await door.shut()
    const conveyor = open()
    expect(await works(conveyor)).toBe(false)
    await door.open()
    await until(() => works(conveyor), { what: 'the conveyor can be asked' })
    await conveyor.putBatches([{ campaignId: crypto.randomUUID(), seq: 0, turn: 1 }], 5)
    expect(await conveyor.size()).toBe(1)
    await conveyor.close()
    await door.shut()
  })

  test('its server away for a while, it works when that is back', async () => {
    const { door, open } = await setup()
    const conveyor = open()
    await until(() => works(conveyor), { what: 'the conveyor can be asked' })
    await door.shut()
    expect(await works(conveyor)).toBe(false)
    await door.open()
    await until(() => works(conveyor), { what: 'the conveyor can be asked again' })
    await door.shut()
    // Away once more: closing has nobody to say goodbye to, and is no failure.
    await conveyor.close()
  })

  test('a worker takes entries again within seconds of an outage', async () => {
    const { door, config, log, open } = await setup()
    const taken: number[] = []
    const worker = new ConveyorWorker<BatchRef>(
      BATCHES,
      config,
      'test',
      1,
      async ({ data }) => {
        taken.push(data.seq)
      },
      log,
    )
    const conveyor = open()
    await worker.waitUntilReady()
    const put = (seq: number) => conveyor.putBatches([{ campaignId: crypto.randomUUID(), seq, turn: 1 }], 5)
    await put(0)
    await until(() => taken.includes(0), { what: 'it takes entries' })
    await door.shut()
    await until(async () => !(await works(conveyor)), { what: 'the conveyor is away' })
    await door.open()
    await until(
      () =>
        put(1).then(
          () => true,
          () => false,
        ),
      { what: 'entries can be put on' },
    )
    await until(() => taken.includes(1), { what: 'it takes entries again' })
    await worker.close()
    await conveyor.close()
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
    const worker = new ConveyorWorker<BatchRef>(BATCHES, config, 'test', 1, take, log)
    const conveyor = open()
    await worker.waitUntilReady()
    await conveyor.putBatches([{ campaignId: crypto.randomUUID(), seq: 0, turn: 1 }], 5)
    await until(() => isTaken, { what: 'an entry is in hand' })
    await door.shut()
    await until(async () => !(await works(conveyor)), { what: 'the conveyor is away' })
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
    await conveyor.close()
  })
})

test('a connection to PostgreSQL that breaks while BullMQ has it in use is an error to whoever asked, and nothing more', async () => {
  const { url, pool } = await createTestDatabase()
  const door = await Door.to(url)
  const address = new URL(url)
  address.host = new URL(door.origin).host
  const config = testConfig({ DATABASE_URL: address.href })
  const uncaught: Error[] = []
  const note = (error: Error) => void uncaught.push(error)
  process.on('uncaughtExceptionMonitor', note)
  onTestFinished(() => void process.off('uncaughtExceptionMonitor', note))
  const { rows: tables } = await pool.query<{ name: string }>(
    `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname LIKE '%conveyor'`,
  )
  const holder = await pool.connect()
  await holder.query(`BEGIN; LOCK TABLE ${tables.map(({ name }) => name).join(', ')}`)

  const conveyor = openConveyor(config, 'test', createLogger('test', 'silent'))
  const asked = conveyor.size().then(
    () => 'answered',
    () => 'refused',
  )
  await until(
    async () => {
      const { rowCount } = await pool.query(
        `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
           AND application_name = 'carillon-test-conveyor'`,
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
  expect(await until(() => conveyor.size(), { what: 'it can be asked again' })).toBe(0)
  await conveyor.close()
  await door.shut()
})

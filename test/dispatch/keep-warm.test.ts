import { expect, test } from 'vitest'
import { warmUp } from '../../src/dispatch/keep-warm.ts'
import { createTestDatabase } from '../support/database.ts'
import { createBatches, createCampaign, createDevices } from '../support/factories.ts'

const inSeconds = (seconds: number) => new Date(Date.now() + seconds * 1_000)

/** The lanes of projects 1, 2 and 3; that of 2 cannot be opened. */
async function setup() {
  const { pool } = await createTestDatabase()
  await pool.query(`INSERT INTO projects (id, name) VALUES (2, 'broken'), (3, 'shop')`)
  const warmed: number[] = []
  const lanes = {
    open: async (id: number) => {
      if (id === 2) throw new Error('no credential')
      return { sender: { warmUp: async () => void warmed.push(id) } } as never
    },
  }
  const schedule = (projectId: number, seconds: number, columns = {}) =>
    createCampaign(pool, {
      project_id: projectId,
      state: 'scheduled',
      scheduled_at: inSeconds(seconds),
      ...columns,
    })
  return { pool, warmed, lanes, schedule }
}

test('each project with a campaign that starts soon is warmed up once, however many there are', async () => {
  const { pool, warmed, lanes, schedule } = await setup()
  await schedule(1, 10)
  await schedule(1, 12)
  await schedule(3, 60)
  await warmUp(pool, lanes)
  expect(warmed).toEqual([1])
})

test('not for what is a draft, canceled just now or deleted', async () => {
  const { pool, warmed, lanes, schedule } = await setup()
  await schedule(1, 5, { state: 'draft' })
  await schedule(1, 5, { cancel_at: inSeconds(60) })
  await schedule(3, 5, { deleted_at: new Date() })
  await warmUp(pool, lanes)
  expect(warmed).toEqual([])
})

test('a project that cannot be used is reported, and the others are warmed up all the same', async () => {
  const { pool, warmed, lanes, schedule } = await setup()
  for (const project of [1, 2, 3]) await schedule(project, 5)
  await expect(warmUp(pool, lanes)).rejects.toThrow('no credential')
  expect(warmed.sort()).toEqual([1, 3])
})

test.each([
  ['soon', 10, {}, [1]],
  ['soon, after a failover', 10, { attempt: 1_000 }, [1]],
  ['later', 60, {}, []],
  ['soon, and that are being tried again', 10, { attempt: 1, turn: 1 }, []],
])('a campaign at local times with batches that leave %s', async (_, seconds, columns, expected) => {
  const { pool, warmed, lanes } = await setup()
  const { deviceIds } = await createDevices(pool, 1)
  const local = {
    local_at: '2030-12-24T20:00',
    late: 'skip',
    unknown_zone: 'default',
    default_zone: 'UTC',
  } as const
  const id = await createCampaign(pool, { state: 'sending', ...local, local_since: new Date() })
  await createBatches(pool, id, deviceIds, { send_at: inSeconds(seconds), zones: ['UTC'], ...columns })
  await warmUp(pool, lanes)
  expect(warmed).toEqual(expected)
})

import { expect, test } from 'vitest'
import type { Attempt } from '../../src/dispatch/attempt.ts'
import { readContenders, Turns } from '../../src/dispatch/turns.ts'
import { createTestDatabase } from '../support/database.ts'
import { createBatches, createCampaign, createDevices } from '../support/factories.ts'

async function setup() {
  const { pool } = await createTestDatabase()
  const { deviceIds } = await createDevices(pool, 40)
  const add = async (columns: object, queued: number, sending = 0) => {
    const id = await createCampaign(pool, { state: 'sending', ...columns })
    await createBatches(pool, id, deviceIds, { size: 10 })
    await pool.query(
      `UPDATE batches SET state = (CASE WHEN seq < $2 THEN 'queued' WHEN seq < $3 THEN 'sending' ELSE 'planned' END)::batch_state
       WHERE campaign_id = $1`,
      [id, queued, queued + sending],
    )
    return id
  }
  const stopped: string[] = []
  const inHand = (name: string, priority: number, waitsFor: Attempt['waitsFor'] = 'project') =>
    ({ priority, waitsFor, stop: (why: string) => stopped.push(`${name} ${why}`) }) as unknown as Attempt
  const first: (number | undefined)[] = []
  const lanes = { setMostUrgent: (of: (id: number) => number | undefined) => void first.push(of(1)) }
  return { pool, add, stopped, inHand, lanes, first }
}

test('contenders are the campaigns with something to send, but for those with a rate of their own', async () => {
  const { pool, add } = await setup()
  await add({ priority: 5 }, 2, 1)
  await add({ priority: 5 }, 0, 1)
  await add({ priority: 5 }, 0)
  await add({ priority: 3, rate_per_minute: 20 }, 2)
  await add({ priority: 2, state: 'paused' }, 2)
  await add({ priority: 1 }, 3)
  const found = await readContenders(pool)
  expect(found.toSorted((a, b) => a.priority - b.priority)).toEqual([
    { projectId: 1, priority: 1, campaigns: 1, onQueue: 3 },
    { projectId: 1, priority: 5, campaigns: 2, onQueue: 2 },
  ])
})

test('as many batches that wait for the quota give way as more urgent ones wait for a slot, the least urgent first', async () => {
  const { pool, add, stopped, inHand, lanes, first } = await setup()
  await add({ priority: 3 }, 2)
  const held = new Set([
    inHand('usual', 5),
    inHand('at FCM', 9, null),
    inHand('late', 8),
    inHand('usual too', 5),
    inHand('urgent', 1),
    inHand('equal', 3),
  ])
  const turns = new Turns(pool, lanes, held)
  await turns.look()
  expect(stopped).toEqual(['late gives_way', 'usual gives_way'])
  expect(first).toEqual([3])
  expect(turns.campaigns).toBe(1)
})

test('nobody gives way to a campaign whose batches are all in hand, or that is as urgent', async () => {
  const { pool, add, stopped, inHand, lanes } = await setup()
  await add({ priority: 1 }, 0, 2)
  await add({ priority: 5 }, 3)
  await new Turns(pool, lanes, new Set([inHand('usual', 5), inHand('more', 4)])).look()
  expect(stopped).toEqual([])
})

test('each project has a most urgent campaign of its own', async () => {
  const { pool, add, inHand } = await setup()
  await pool.query(`INSERT INTO projects (id, name) VALUES (2, 'other')`)
  await add({ priority: 1 }, 2)
  for (const priority of [4, 4, 5]) await add({ priority, project_id: 2 }, 2)
  const first = new Map<number, number | undefined>()
  const lanes = {
    setMostUrgent: (of: (id: number) => number | undefined) => {
      for (const id of [1, 2, 3]) first.set(id, of(id))
    },
  }
  const turns = new Turns(pool, lanes, new Set([inHand('at FCM', 5, null)]))
  await turns.look()
  expect([...first]).toEqual([
    [1, 1],
    [2, 4],
    [3, undefined],
  ])
  expect(turns.campaigns).toBe(3)
})

test('nothing is asked while nothing is in hand, and nobody is the most urgent', async () => {
  const { add, pool, inHand, lanes, first } = await setup()
  await add({ priority: 1 }, 2)
  const held = new Set([inHand('at FCM', 5, null)])
  let asked = 0
  const query = (...args: Parameters<typeof pool.query>) => {
    asked += 1
    return pool.query(...args)
  }
  const counting = { query }
  const turns = new Turns(counting as never, lanes, held)
  await turns.look()
  held.clear()
  await turns.look()
  expect(asked).toBe(1)
  expect(first).toEqual([1, undefined])
  expect(turns.campaigns).toBe(0)
})

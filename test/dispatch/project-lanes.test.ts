import { expect, onTestFinished, test } from 'vitest'
import { type Lane, ProjectLanes } from '../../src/dispatch/project-lanes.ts'
import type { Pool } from '../../src/postgres/pool.ts'
import { createLogger } from '../../src/process/logger.ts'
import { createSender } from '../../src/push/create-sender.ts'
import { testConfig } from '../support/config.ts'
import { createTestDatabase } from '../support/database.ts'
import { createCampaign } from '../support/factories.ts'
import { until } from '../support/until.ts'

const NEVER = new AbortController().signal
const HOUR_MS = 3_600_000

async function setup(breakerWaitMs = HOUR_MS) {
  const { pool } = await createTestDatabase()
  await pool.query(`INSERT INTO projects (id, name, messages_per_minute) VALUES (2, 'shop', 1200)`)
  let asked = 0
  const watched = new Proxy(pool, {
    get: (target, name) =>
      name !== 'query'
        ? Reflect.get(target, name)
        : (query: { name?: string }) => {
            if (query.name === 'lanes-others') asked += 1
            return target.query(query as never)
          },
  }) as Pool
  const lanes = new ProjectLanes({
    pool: watched,
    environment: testConfig({ FCM_MESSAGES_PER_MINUTE: 600, FCM_RAMP_SECONDS: 60 }).fcm,
    openSender: createSender,
    limits: { breakerFaults: 1, breakerWaitMs },
    log: createLogger('test', 'silent'),
  })
  onTestFinished(() => lanes.close())
  const fail = ({ breaker }: Lane) =>
    breaker.attempt(async () => {
      breaker.isDownAfter({ kind: 'retry_later', code: 'unavailable', scope: 'device' })
    })
  const rest = (lane: Lane, signal = NEVER) => {
    const state = { isOver: false, ended: Promise.resolve() }
    state.ended = lanes.rest(lane, signal).then(() => {
      state.isOver = true
    })
    return state
  }
  const untilAsked = (times: number) =>
    until(() => asked === times, { what: `it has asked for other projects ${times} times` })
  return { pool, lanes, fail, rest, untilAsked }
}

test('each project has its own sender, breaker and budget', async () => {
  const { lanes, fail } = await setup()
  const [one, two] = [await lanes.open(1), await lanes.open(2)]
  expect(one.sender).not.toBe(two.sender)
  expect(one.budget).toEqual({ key: 'project:1', perMinute: 600, rampSeconds: 60, catchUpSeconds: 0 })
  expect(two.budget).toEqual({ key: 'project:2', perMinute: 1200, rampSeconds: 60, catchUpSeconds: 0 })
  expect(await lanes.open(1)).toBe(one)
  await fail(two)
  two.outcomes.sent += 3
  const found = { limit: 200, mostInFlight: 10_000, inFlight: 0, latencyMs: null, baseLatencyMs: null }
  expect(lanes.health).toEqual([
    { id: 1, name: 'default', breaker: 'closed', usedLastMinute: 0, deadAddressesLastMinute: 0, ...found },
    { id: 2, name: 'shop', breaker: 'open', usedLastMinute: 3, deadAddressesLastMinute: 0, ...found },
  ])
  expect(lanes.mayRest).toBe(true)
})

test('with a closed breaker a slot does not rest, with an open one it rests until a batch may be tried', async () => {
  const { lanes, fail } = await setup(300)
  const lane = await lanes.open(1)
  await lanes.rest(lane, NEVER)
  await fail(lane)
  const before = performance.now()
  await lanes.rest(lane, NEVER)
  expect(performance.now() - before).toBeGreaterThan(200)
  // The breaker reads another clock, which may be a millisecond behind.
  await until(() => lane.breaker.attempt(async () => {}), { what: 'a batch is tried' })
})

test('a slot rests while the rate limit refuses its project, and asks again after ten seconds, whatever it was told', async () => {
  const { pool, lanes } = await setup()
  const lane = await lanes.open(1)
  lane.refuse(300)
  expect(lanes.mayRest).toBe(true)
  const before = performance.now()
  await lanes.rest(lane, NEVER)
  expect(performance.now() - before).toBeGreaterThan(200)
  expect(lanes.mayRest).toBe(false)
  lane.refuse(HOUR_MS)
  expect(lane.waitMs()).toBeLessThanOrEqual(10_000)
  await createCampaign(pool, { state: 'sending', project_id: 2 })
  await lanes.rest(lane, NEVER)
  expect(lane.waitMs(), 'another project needs the slot').toBeGreaterThan(5_000)
})

test('a probe that never ends is no rest: the standstill watch must notice it', async () => {
  const { lanes, fail } = await setup(1)
  const lane = await lanes.open(1)
  await fail(lane)
  expect(lanes.mayRest).toBe(true)
  let endProbe = () => {}
  const probe = new Promise<void>((resolve) => {
    endProbe = resolve
  })
  await until(
    () => {
      void lane.breaker.attempt(() => probe)
      return lane.breaker.state === 'half_open'
    },
    { what: 'it probes' },
  )
  expect(lanes.mayRest).toBe(false)
  endProbe()
})

test('a rest ends when the process stops', async () => {
  const { lanes, fail, rest } = await setup()
  const lane = await lanes.open(1)
  await fail(lane)
  const stopping = new AbortController()
  const resting = rest(lane, stopping.signal)
  stopping.abort()
  await resting.ended
})

test('slots of a project whose FCM is down are free for another as soon as that sends, also one that rests', async () => {
  const { pool, lanes, fail, rest, untilAsked } = await setup()
  await createCampaign(pool, { state: 'sending' })
  await createCampaign(pool, { state: 'sending', closed_at: new Date(), project_id: 2 })
  const lane = await lanes.open(1)
  await fail(lane)
  const resting = rest(lane)
  await untilAsked(2)
  expect(resting.isOver, 'only its own project has a campaign').toBe(false)
  await createCampaign(pool, { state: 'sending', project_id: 2 })
  await resting.ended
  await lanes.rest(lane, NEVER)
})

test('a project whose FCM is down as well does not count', async () => {
  const { pool, lanes, fail, rest, untilAsked } = await setup()
  await createCampaign(pool, { state: 'sending', project_id: 2 })
  const [one, two] = [await lanes.open(1), await lanes.open(2)]
  await fail(one)
  await fail(two)
  const stopping = new AbortController()
  const resting = rest(one, stopping.signal)
  // The second time is a second later.
  await untilAsked(2)
  expect(resting.isOver).toBe(false)
  stopping.abort()
  await resting.ended
})

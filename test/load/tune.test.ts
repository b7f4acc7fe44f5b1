import { expect, onTestFinished, test } from 'vitest'
import { advise, type Step, stepTable, textOfAdvice } from '../../load/tune-advice.ts'
import { startFakeFcm } from '../../testing/fake-fcm/fake-fcm.ts'
import { startCommand } from './left-behind.ts'

const step = (inFlight: number, perSecond: number, over: Partial<Step> = {}): Step => ({
  inFlight,
  messages: perSecond,
  refused: 0,
  perSecond,
  p50: 170,
  p95: 240,
  p99: 250,
  cpuShare: 0.3,
  cpuMicros: 7,
  ...over,
})

test('the lowest concurrency with nearly the best rate decides; a core at 70 % is the most for one dispatcher', () => {
  const steps = [step(2_000, 11_000), step(4_000, 47_000), step(8_000, 50_000, { p50: 400, cpuMicros: 9 })]
  const advice = advise(steps, 3_000_000)
  // 0.7 s of CPU time over 2.7 × 7 µs; 50,000 a second are needed.
  expect(advice).toMatchObject({ perDispatcher: 37_037, boundBy: 'cpu', dispatchers: 2, isRising: false })
  // 25,000 a second at 170 ms.
  expect(advice.inFlight).toBe(4_250)
  expect(advice.batches).toBe(21)
  expect(advice.peakMb).toBeLessThan(0.7 * advice.memoryLimitMb)
  expect(textOfAdvice(advice, 3_000_000)).toContain('needs 2 dispatchers')
  expect(stepTable(steps)).toContain('47,000')
})

test('a rate that FCM bounds, one that still rises, and no quota', () => {
  const bounded = advise([step(100, 550), step(200, 560)], 60_000)
  expect(bounded).toMatchObject({ perDispatcher: 560, boundBy: 'fcm', dispatchers: 2, isRising: false })
  const rising = advise([step(100, 550), step(200, 1_100)], Number.POSITIVE_INFINITY)
  expect(rising).toMatchObject({ dispatchers: null, isRising: true })
  expect(textOfAdvice(rising, Number.POSITIVE_INFINITY)).toMatch(/still rising[\s\S]*No quota is set/)
})

const setup = async (...args: string[]) => {
  const fake = await startFakeFcm({ latencyMs: [20, 40] })
  onTestFinished(() => fake.close())
  const tune = await startCommand(['load/tune.ts', ...args], {
    FCM_ENDPOINT: fake.origin,
    FCM_CA_FILE: fake.caFile,
    FCM_PROJECT_ID: 'demo-carillon',
  })
  return { fake, tune }
}

test('sends nothing without --yes', async () => {
  const { fake, tune } = await setup('--most-messages', '5000')
  expect(await tune.ended, tune.stderr()).toBe(0)
  expect(tune.stderr()).toContain('at most 5,000')
  expect(tune.stderr()).toContain('Nothing was sent')
  expect(fake.stats().requests).toBe(0)
})

test('lets the configured FCM validate no more messages than it says, and advises', async () => {
  const { fake, tune } = await setup('--yes', '--most-messages', '20000', '--most-in-flight', '200', '--json')
  expect(await tune.ended, tune.stderr()).toBe(0)
  const { steps, messages, advice } = JSON.parse(tune.stdout())
  expect(steps.map(({ inFlight }: Step) => inFlight)).toEqual([50, 100, 200])
  expect(advice).toMatchObject({ perDispatcher: expect.any(Number), dispatchers: expect.any(Number) })
  const { accepted, validated } = fake.stats()
  expect(accepted).toBe(0)
  expect(validated).toBeGreaterThan(1_000)
  expect(messages).toBe(validated)
  expect(messages).toBeLessThanOrEqual(20_000)
})

test('stops when its messages are used up', async () => {
  const { fake, tune } = await setup('--yes', '--most-messages', '5000', '--json')
  expect(await tune.ended, tune.stderr()).toBe(0)
  expect(tune.stderr()).toContain('the messages are used up')
  expect(fake.stats().validated).toBeLessThanOrEqual(5_000)
})

test('a 429 ends it; a refused credential is an error', async () => {
  const quota = await setup('--yes', '--json')
  quota.fake.configure({ quotaPerMinute: 500 })
  expect(await quota.tune.ended, quota.tune.stderr()).toBe(0)
  expect(quota.tune.stderr()).toContain('FCM has answered 429')
  expect(quota.fake.stats().requests).toBeLessThan(700)
  const refused = await setup('--yes')
  refused.fake.configure({ bearers: [] })
  expect(await refused.tune.ended).toBe(1)
  expect(refused.tune.stderr()).toContain('FCM refuses')
})

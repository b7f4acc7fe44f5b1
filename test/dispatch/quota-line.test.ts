import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type Asker, QuotaLine } from '../../src/dispatch/quota-line.ts'
import type { Pool } from '../../src/postgres/pool.ts'

/** Ten messages a second, and every window is of ten: a second each. */
const BUDGET = { key: 'project:1', perMinute: 600, rampSeconds: 0, catchUpSeconds: 0 }
const WINDOW = 10
const PATIENT_MS = 60_000

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
})
afterEach(() => {
  vi.useRealTimers()
})

/** A schedule as that in PostgreSQL, for one project. `elsewhere`: reserves as another process does. */
function open(perMinute = BUDGET.perMinute) {
  let nextAt = 0
  let breaks = 0
  const asked: { messages: number; longestMs: number }[] = []
  const take = (messages: number) => {
    const startAt = Math.max(nextAt, performance.now())
    nextAt = startAt + (messages * 60_000) / perMinute
    return startAt - performance.now()
  }
  const query = async ({ name, values }: { name: string; values: number[] }) => {
    if (breaks-- > 0) throw new Error('away')
    const waitMs = Math.max(0, nextAt - performance.now())
    if (name !== 'rate-limit-reserve') return { rows: [{ waitMs }] }
    const [, messages = 0, , , longestMs = 0] = values
    asked.push({ messages, longestMs })
    return { rows: waitMs > longestMs ? [] : [{ waitMs: take(messages) }] }
  }
  const line = new QuotaLine({ query } as unknown as Pool, { ...BUDGET, perMinute })
  const granted: string[] = []
  const signal = new AbortController().signal
  const ask = async (name: string, own: Partial<Asker> = {}, longestMs = PATIENT_MS) => {
    const asker: Asker = { campaignId: name[0] ?? '', priority: 5, ratePerMinute: null, ...own }
    const { isGranted, waitMs } = await line.reserve(asker, WINDOW, longestMs, { signal, onWait: () => {} })
    granted.push(isGranted ? name : `not ${name}`)
    return waitMs
  }
  return { line, ask, asked, granted, elsewhere: take, breakFor: (queries: number) => (breaks = queries) }
}

const seconds = (n: number) => vi.advanceTimersByTimeAsync(n * 1_000)

describe('who is next', () => {
  test('of equal campaigns the one that has had least, however many batches each has in hand', async () => {
    const { ask, granted } = open()
    for (const name of ['a1', 'a2', 'a3', 'a4', 'b1', 'b2']) void ask(name)
    await seconds(10)
    expect(granted).toEqual(['a1', 'b1', 'a2', 'b2', 'a3', 'a4'])
  })

  test('the most urgent one, whoever waited before', async () => {
    const { ask, granted } = open()
    for (const name of ['a1', 'a2', 'a3']) void ask(name)
    await seconds(0.4)
    for (const name of ['u1', 'u2']) void ask(name, { priority: 1 })
    await seconds(10)
    expect(granted).toEqual(['a1', 'u1', 'u2', 'a2', 'a3'])
  })

  test('a campaign that comes later has its share from then on, and no more', async () => {
    const { ask, granted } = open()
    for (const name of ['a1', 'a2', 'a3']) void ask(name)
    await seconds(4)
    for (const name of ['a4', 'a5', 'a6', 'b1', 'b2', 'b3']) void ask(name)
    await seconds(10)
    expect(granted.slice(3).map((name) => name[0])).toEqual(['a', 'b', 'b', 'a', 'b', 'a'])
  })

  test('a campaign that had nothing to ask for makes up for a second of it, and for no more', async () => {
    const { ask, granted } = open()
    for (const name of ['a1', 'b1', 'b2', 'b3', 'b4', 'b5', 'b6']) void ask(name)
    await seconds(8)
    for (const name of ['a2', 'a3', 'a4', 'a5', 'a6', 'b7', 'b8', 'b9']) void ask(name)
    await seconds(10)
    expect(granted.slice(7, 13).map((name) => name[0])).toEqual(['a', 'a', 'a', 'b', 'a', 'b'])
  })

  test('one with a batch in hand has as much as one with three: nothing is reserved before it can ask again', async () => {
    // Windows of 20 ms: three of them are reserved ahead where nobody is about to ask.
    const { ask, granted } = open(30_000)
    const again = async (name: string) => {
      for (let n = 1; n <= 200; n++) {
        const waitMs = await ask(`${name}${n}`)
        // Its messages leave, and only then it asks again.
        await new Promise((resolve) => setTimeout(resolve, waitMs))
      }
    }
    for (const name of ['b', 'a', 'a', 'a']) void again(name)
    await seconds(2)
    const share = granted.filter((name) => name.startsWith('b')).length / granted.length
    expect(share).toBeGreaterThan(0.45)
  })

  test('a slow campaign with a rate of its own waits for nobody', async () => {
    const { ask, granted } = open()
    for (const name of ['a1', 'a2', 'a3']) void ask(name)
    void ask('f1', { ratePerMinute: 300 })
    void ask('s1', { ratePerMinute: 6 })
    await seconds(0)
    expect(new Set(granted)).toEqual(new Set(['a1', 's1']))
  })

  test('many slow campaigns have at most a tenth of the quota out of turn', async () => {
    // A thousand messages a second; each of a hundred wants ten of them.
    const { ask, granted } = open(60_000)
    const again = async (name: string, own: Partial<Asker>) => {
      for (let n = 1; ; n++) {
        const waitMs = await ask(`${name}-${n}`, { campaignId: name, ...own }, 2_000)
        await new Promise((resolve) => setTimeout(resolve, waitMs))
      }
    }
    for (let n = 0; n < 100; n++) void again(`s${n}`, { ratePerMinute: 600 })
    for (let n = 0; n < 4; n++) void again('u', { priority: 1 })
    await seconds(10)
    const had = granted.filter((name) => !name.startsWith('not'))
    const share = had.filter((name) => name.startsWith('u')).length / had.length
    expect(share).toBeGreaterThan(0.85)
    expect(share).toBeLessThan(0.99)
  })
})

test('no more is reserved than leaves soon', async () => {
  const { ask, asked } = open()
  for (const name of ['a1', 'a2', 'a3']) void ask(name)
  await seconds(0)
  expect(asked).toHaveLength(1)
  await seconds(0.45)
  expect(asked).toHaveLength(1)
  await seconds(0.1)
  expect(asked).toHaveLength(2)
})

test('while another process sends something more urgent, only what it leaves is taken', async () => {
  const { line, ask, asked, granted, elsewhere } = open()
  line.mostUrgent = 1
  elsewhere(2 * WINDOW)
  void ask('a1')
  await seconds(1.5)
  expect(granted).toEqual([])
  elsewhere(WINDOW)
  await seconds(1.45)
  expect(granted).toEqual([])
  await seconds(0.1)
  expect(granted).toEqual(['a1'])
  expect(Math.max(...asked.map(({ longestMs }) => longestMs))).toBeLessThan(20)
})

test('whoever waits for too long is refused, and so is one that stops', async () => {
  const { line, ask, granted } = open()
  void ask('a1')
  void ask('b1', {}, 400)
  const stop = new AbortController()
  const asker = { campaignId: 'c', priority: 5, ratePerMinute: null }
  const stopped = line.reserve(asker, WINDOW, PATIENT_MS, { signal: stop.signal, onWait: () => {} })
  await seconds(0.3)
  stop.abort()
  expect(await stopped).toEqual({ isGranted: false, waitMs: 0 })
  await seconds(0.3)
  expect(granted).toEqual(['a1', 'not b1'])
})

test('one that stops while it asks for what nobody wants does not ask again', async () => {
  const { line, asked, elsewhere } = open()
  line.mostUrgent = 1
  elsewhere(WINDOW)
  const stop = new AbortController()
  const asker = { campaignId: 'a', priority: 5, ratePerMinute: null }
  const stopped = line.reserve(asker, WINDOW, PATIENT_MS, { signal: stop.signal, onWait: () => {} })
  // PostgreSQL has not answered yet.
  expect(asked).toHaveLength(1)
  stop.abort()
  expect((await stopped).isGranted).toBe(false)
  await seconds(2)
  expect(asked).toHaveLength(1)
})

test('whoever has waited for too long leaves, also while PostgreSQL does not answer', async () => {
  const query = () => new Promise(() => {})
  const line = new QuotaLine({ query } as unknown as Pool, { ...BUDGET, perMinute: 60_000 })
  const left: number[] = []
  for (let n = 0; n < 6; n++) {
    const asker = { campaignId: String(n), priority: 5, ratePerMinute: null }
    const { signal } = new AbortController()
    void line.reserve(asker, WINDOW, 400, { signal, onWait: () => {} }).then(() => left.push(n))
  }
  await seconds(1)
  expect(left).toEqual([4, 5])
})

test('what was refused does not count as had', async () => {
  const { line, ask, granted, elsewhere } = open()
  line.mostUrgent = 1
  elsewhere(2 * WINDOW)
  void ask('a1', {}, 1_000)
  await seconds(3)
  line.mostUrgent = 10
  for (const name of ['x1', 'a2', 'b1']) void ask(name)
  await seconds(10)
  expect(granted).toEqual(['not a1', 'x1', 'a2', 'b1'])
})

test('whoever has had less, but asks no more, keeps nobody waiting to the last moment', async () => {
  const { ask, asked } = open()
  void ask('b1')
  await seconds(5)
  for (const name of ['a1', 'a2', 'a3']) void ask(name)
  await seconds(1.6)
  expect(asked).toHaveLength(4)
})

test('what could not be asked for does not count as had', async () => {
  const { line, ask, granted, breakFor } = open()
  breakFor(3)
  const asker = { campaignId: 'a', priority: 5, ratePerMinute: null }
  for (let n = 0; n < 3; n++) {
    const { signal } = new AbortController()
    await expect(line.reserve(asker, WINDOW, PATIENT_MS, { signal, onWait: () => {} })).rejects.toThrow(
      'away',
    )
  }
  for (const name of ['b1', 'a1', 'b2', 'a2']) void ask(name)
  await seconds(10)
  expect(granted).toEqual(['b1', 'a1', 'b2', 'a2'])
})

test('it says who is kept waiting by the quota', async () => {
  const { line } = open()
  const waiting: string[] = []
  for (const campaignId of ['a', 'b']) {
    const asker = { campaignId, priority: 5, ratePerMinute: null }
    const onWait = () => waiting.push(campaignId)
    void line.reserve(asker, WINDOW, PATIENT_MS, { signal: new AbortController().signal, onWait })
  }
  await seconds(0)
  expect(new Set(waiting)).toEqual(new Set(['b']))
})

import { EventEmitter } from 'node:events'
import { expect, onTestFinished, test, vi } from 'vitest'
import { wakeWhenBlocked } from '../../src/queue/wake-blocked.ts'

/** A client of which only these are used. `ends`: how often somebody who waits for its end was woken. */
function setup() {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const client = Object.assign(new EventEmitter(), { status: 'ready', bzpopmin: async () => null })
  const seen = { ends: 0 }
  client.on('end', () => (seen.ends += 1))
  wakeWhenBlocked(client as never)
  const ask = client.bzpopmin as (key: string, seconds: number) => Promise<unknown>
  return { client, seen, ask: () => ask('key', 5) }
}

test('whoever waits for the end of a connection that works is woken, once in a while', async () => {
  const { seen } = setup()
  await vi.advanceTimersByTimeAsync(14_000)
  expect(seen.ends).toBe(0)
  await vi.advanceTimersByTimeAsync(6_000)
  expect(seen.ends).toBe(1)
  await vi.advanceTimersByTimeAsync(15_000)
  expect(seen.ends).toBe(2)
})

test('a connection that is asked for jobs is left alone', async () => {
  const { seen, ask } = setup()
  for (let asked = 0; asked < 20; asked++) {
    await ask()
    await vi.advanceTimersByTimeAsync(6_000)
  }
  expect(seen.ends).toBe(0)
})

test('a connection that is being made is left alone, and one that has ended is forgotten', async () => {
  const { client, seen } = setup()
  client.status = 'reconnecting'
  await vi.advanceTimersByTimeAsync(60_000)
  expect(seen.ends).toBe(0)
  client.status = 'end'
  await vi.advanceTimersByTimeAsync(10_000)
  expect(vi.getTimerCount()).toBe(0)
})

import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { ServerWatch, SILENT_MS } from '../../console/src/api/server-watch.ts'

type Asked = 'answered' | 'failed' | 'unusable'

function setup() {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const server = { answers: (): Promise<Asked> => Promise.resolve('answered'), asked: 0, isHidden: false }
  const watch = new ServerWatch({
    now: () => Date.now(),
    ask: () => {
      server.asked += 1
      return server.answers()
    },
    isHidden: () => server.isHidden,
  })
  const said: (number | null)[] = []
  onTestFinished(watch.subscribe(() => said.push(watch.silentSince())))
  const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms)
  return { server, watch, said, pass }
}

/** As fetch with a time-out of five seconds. */
const hanging = (): Promise<Asked> => new Promise((_, reject) => setTimeout(() => reject(new Error()), 5_000))

describe('whether the server answers', () => {
  test('while answers come, it is not asked', async () => {
    const { server, watch, said, pass } = setup()
    for (let n = 0; n < 30; n++) {
      watch.asked()
      await pass(2_000)
      watch.answered()
    }
    expect(server.asked).toBe(0)
    expect(said).toEqual([])
  })

  test('on a page that waits for nothing it is asked now and then, and counts as there', async () => {
    const { server, said, pass } = setup()
    await pass(60_000)
    expect(server.asked).toBeGreaterThan(4)
    expect(server.asked).toBeLessThan(10)
    expect(said).toEqual([])
  })

  test('one that hangs is silent since its last answer, at the latest after SILENT_MS, until it answers', async () => {
    const { server, watch, said, pass } = setup()
    await pass(4_000)
    watch.answered()
    const last = Date.now()
    server.answers = hanging
    await pass(SILENT_MS + 1_000)
    expect(said).toEqual([last])
    await pass(60_000)
    expect(said).toEqual([last])
    server.answers = () => Promise.resolve('answered')
    await pass(10_000)
    expect(said).toEqual([last, null])
  })

  test('back from a hidden tab or from sleep, an old answer alone is no silence', async () => {
    const { server, said, pass } = setup()
    server.isHidden = true
    server.answers = hanging
    await pass(3_600_000)
    expect(server.asked).toBe(0)
    server.isHidden = false
    server.answers = () => Promise.resolve('answered')
    await pass(2_000)
    expect(said).toEqual([])
  })

  test('where the question is not let through, requests of the page alone decide', async () => {
    const { server, watch, said, pass } = setup()
    server.answers = () => Promise.resolve('unusable')
    await pass(60_000)
    expect(server.asked).toBe(1)
    watch.answered()
    watch.asked()
    await pass(20_000)
    expect(said).toHaveLength(1)
  })
})

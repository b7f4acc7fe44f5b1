import { pino } from 'pino'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { FcmBreaker } from '../../src/dispatch/fcm-breaker.ts'
import type { Outcome } from '../../src/domain/outcome.ts'

const SENT: Outcome = { kind: 'sent', messageId: 'x' }
const DOWN: Outcome = { kind: 'retry_later', code: 'unavailable', scope: 'device' }

function setup(faults = 5) {
  vi.useFakeTimers({ toFake: ['performance', 'Date', 'setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  const lines: string[] = []
  const log = pino({ level: 'info' }, { write: (line) => void lines.push(JSON.parse(line).msg) })
  const breaker = new FcmBreaker({ project: 'p', faults, waitMs: 10_000, log })
  const batch = (...outcomes: Outcome[]) =>
    breaker.attempt(async () => {
      for (const outcome of outcomes) breaker.isDownAfter(outcome)
    })
  return { breaker, batch, lines }
}

describe('the breaker', () => {
  test('opens after so many faults in a row, over batches, and says so once', async () => {
    const { breaker, batch, lines } = setup()
    expect(await batch(DOWN, DOWN, DOWN)).toBe(true)
    expect(breaker.waitMs).toBe(0)
    expect(await batch(DOWN, DOWN)).toBe(true)
    expect(breaker.waitMs).toBe(10_000)
    expect(await batch(SENT)).toBe(false)
    for (let probe = 0; probe < 3; probe++) {
      vi.advanceTimersByTime(10_000)
      expect(await batch(DOWN)).toBe(true)
    }
    expect(lines).toEqual([expect.stringContaining('FCM does not answer')])
  })

  test('opens for as long as it should when the clock is set back meanwhile', async () => {
    const { breaker, batch } = setup()
    await batch(DOWN, DOWN, DOWN, DOWN, DOWN)
    vi.setSystemTime(Date.now() - 3_600_000)
    expect(await batch(SENT)).toBe(false)
    vi.advanceTimersByTime(10_000)
    expect(await batch(SENT)).toBe(true)
    expect(breaker.state).toBe('closed')
  })

  test('stays open when the clock is set forward', async () => {
    const { breaker, batch } = setup()
    await batch(DOWN, DOWN, DOWN, DOWN, DOWN)
    vi.setSystemTime(Date.now() + 3_600_000)
    expect(await batch(SENT)).toBe(false)
    expect(breaker.waitMs).toBe(10_000)
  })

  test('tells a batch to stop with the fault that is one too many, and not before', () => {
    const { breaker } = setup(3)
    expect([DOWN, DOWN, DOWN, SENT, DOWN].map((outcome) => breaker.isDownAfter(outcome))).toEqual([
      ...[false, false, true],
      ...[false, false],
    ])
  })

  test.each<[string, Outcome]>([
    ['a sent message', SENT],
    ['a dead token', { kind: 'token_gone', code: 'unregistered', isCertain: true }],
    ['a refused message', { kind: 'rejected', code: 'invalid_payload' }],
    ['a quota', { kind: 'retry_later', code: 'quota_exceeded', scope: 'project', afterMs: 1 }],
    ['a refused credential', { kind: 'blocked', code: 'credential_refused', detail: '' }],
  ])('takes %s as an answer, so that a share of faults never opens it', async (_, answer) => {
    const { breaker, batch } = setup()
    for (let n = 0; n < 10; n++) await batch(DOWN, DOWN, DOWN, DOWN, answer)
    expect(breaker.waitMs).toBe(0)
  })

  test.each<[string, Outcome]>([
    ['503', DOWN],
    ['500', { kind: 'retry_later', code: 'internal', scope: 'device' }],
    ['no connection', { kind: 'retry_later', code: 'connection_failed', scope: 'device' }],
    ['a broken connection', { kind: 'in_doubt', code: 'answer_lost' }],
    ['no answer in time', { kind: 'in_doubt', code: 'deadline_exceeded' }],
  ])('takes %s as a fault', async (_, fault) => {
    const { breaker, batch } = setup()
    await batch(fault, fault, fault, fault, fault)
    expect(breaker.waitMs).toBe(10_000)
  })

  test('half open, lets one batch through and refuses the others, which would only hold their slots', async () => {
    const { breaker, batch, lines } = setup()
    await batch(DOWN, DOWN, DOWN, DOWN, DOWN)
    vi.advanceTimersByTime(10_000)
    const probe = Promise.withResolvers<void>()
    const probing = breaker.attempt(() => probe.promise)
    expect(await Promise.all([batch(SENT), batch(SENT)])).toEqual([false, false])
    expect([breaker.state, breaker.waitMs]).toEqual(['half_open', 10_000])
    breaker.isDownAfter(SENT)
    probe.resolve()
    expect(await probing).toBe(true)
    expect(await batch(SENT)).toBe(true)
    expect([breaker.state, breaker.waitMs]).toEqual(['closed', 0])
    expect(lines.at(-1)).toBe('FCM answers again')
  })

  test('half open, one fault is enough to open it again', async () => {
    const { breaker, batch } = setup()
    await batch(DOWN, DOWN, DOWN, DOWN, DOWN)
    vi.advanceTimersByTime(10_000)
    expect(breaker.isDownAfter(DOWN)).toBe(true)
    await batch(DOWN)
    expect(breaker.waitMs).toBe(10_000)
  })

  test('is not taken in by a batch that had nothing to send', async () => {
    const { breaker, batch, lines } = setup()
    await batch(DOWN, DOWN, DOWN, DOWN, DOWN)
    vi.advanceTimersByTime(10_000)
    await batch()
    expect(lines).toHaveLength(1)
    await batch(DOWN)
    expect(breaker.waitMs).toBe(10_000)
  })

  test('an error of a batch is that batch’s, and opens nothing', async () => {
    const { breaker } = setup()
    await expect(
      breaker.attempt(async () => {
        throw new Error('the database is away')
      }),
    ).rejects.toThrow('the database is away')
    expect(breaker.waitMs).toBe(0)
  })
})

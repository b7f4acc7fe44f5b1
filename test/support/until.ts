/**
 * Waits for a condition instead of sleeping. The condition may throw while it does not hold yet; the last value
 * or error is in the message when the time is up.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { inspect } from 'node:util'

export interface UntilOptions {
  /** What is awaited, as a statement: "the campaign is finished". */
  what: string
  /** A net, for conditions that never hold: half of a test's own (vitest.config.ts), so that this one speaks first. */
  timeoutMs?: number
  intervalMs?: number
}

/** Resolves with the first value of `condition` that is not false, null or undefined. */
export async function until<T>(
  condition: () => T | Promise<T>,
  { what, timeoutMs = 15_000, intervalMs = 10 }: UntilOptions,
): Promise<Exclude<T, false | null | undefined>> {
  const deadline = performance.now() + timeoutMs
  for (;;) {
    let seen: string
    try {
      const value = await condition()
      if (value !== false && value !== null && value !== undefined) {
        return value as Exclude<T, false | null | undefined>
      }
      seen = inspect(value)
    } catch (error) {
      seen = `the error ${inspect(error)}`
    }
    if (performance.now() > deadline) {
      throw new Error(`Waited ${timeoutMs} ms in vain until ${what}; the last thing seen was ${seen}`)
    }
    await delay(intervalMs)
  }
}

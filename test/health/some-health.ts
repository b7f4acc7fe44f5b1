/** What a process could tell about itself, for tests that need a row of one. */
import { NO_DISPATCH, type ProcessHealth } from '../../src/health/process-health.ts'

export function someHealth(over: Partial<ProcessHealth> = {}): ProcessHealth {
  return {
    ...NO_DISPATCH,
    state: 'ok',
    rssBytes: 100,
    rssLimitBytes: 1000,
    heapUsedBytes: 40,
    heapLimitBytes: 400,
    nativeBytes: 30,
    eventLoopLagMs: 1.5,
    pool: { size: 10, open: 2, idle: 1, waiting: 0 },
    errors: [],
    ...over,
  }
}

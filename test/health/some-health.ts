/** What a process could tell about itself, for tests that need a row of one. */
import { NO_DISPATCH, type ProcessHealth, type ProjectHealth } from '../../src/health/process-health.ts'

export function someProject(over: Partial<ProjectHealth> = {}): ProjectHealth {
  return {
    id: 1,
    name: 'default',
    breaker: 'closed',
    usedLastMinute: 0,
    deadAddressesLastMinute: 0,
    limit: 400,
    mostInFlight: 10_000,
    inFlight: 120,
    latencyMs: 176.25,
    baseLatencyMs: 170,
    limitedBy: { by: 'fcm_latency', figure: 176.25 },
    ...over,
  }
}

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

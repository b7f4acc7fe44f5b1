/** The health of a process, written to its row in `processes` every two seconds and shown in the console. */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { Pool } from '../postgres/pool.ts'
import type { LoggedError } from '../process/recent-errors.ts'
import type { LimitedBy } from './limit-watch.ts'
import type { MemoryReading } from './memory-reading.ts'

export const BREAKER_STATES = ['closed', 'open', 'half_open'] as const
export type BreakerState = (typeof BREAKER_STATES)[number]

/** `memory_high`: takes no new work until memory use has fallen. */
export const RUNNING_STATES = ['ok', 'memory_high', 'draining'] as const
type RunningState = (typeof RUNNING_STATES)[number]

/** One of the projects that a dispatcher sends for. */
export interface ProjectHealth {
  id: number
  name: string
  breaker: BreakerState
  usedLastMinute: number
  deadAddressesLastMinute: number
  /** Requests that may be in flight, as the sender found, and the bound that it never exceeds (DISPATCH_CONCURRENCY). */
  limit: number
  mostInFlight: number
  inFlight: number
  /** Mean time from a request to its answer, now and without a queue; null before it was measured. */
  latencyMs: number | null
  baseLatencyMs: number | null
  /** What limits the rate now. */
  limitedBy: LimitedBy | null
}

/** What only a dispatcher has; null in the other processes. */
export interface DispatchHealth {
  batchesInHand: number | null
  /** Handed to a sender and not answered yet. */
  messagesInFlight: number | null
  ratePerSecond: number | null
  /** Those it has sent for since it started. */
  projects: readonly ProjectHealth[] | null
}

export interface ProcessHealth extends MemoryReading, DispatchHealth {
  state: RunningState
  eventLoopLagMs: number
  pool: PoolHealth
  errors: readonly LoggedError[]
}

export interface PoolHealth {
  size: number
  open: number
  idle: number
  /** Statements that are waiting for a connection. */
  waiting: number
}

export const NO_DISPATCH: DispatchHealth = {
  batchesInHand: null,
  messagesInFlight: null,
  ratePerSecond: null,
  projects: null,
}

export function poolHealth(pool: Pool): PoolHealth {
  const { totalCount, idleCount, waitingCount, options } = pool
  return { size: options.max ?? 0, open: totalCount, idle: idleCount, waiting: waitingCount }
}

const RESOLUTION_MS = 20

/** 99th percentile of the event loop delay since the last reading. */
export function eventLoopLagReader(): { read: () => number; close: () => void } {
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  delays.enable()
  return {
    read() {
      // Each value is the interval between two runs of its timer.
      const lateMs = delays.count === 0 ? 0 : delays.percentile(99) / 1e6 - RESOLUTION_MS
      delays.reset()
      return Math.max(0, Math.round(lateMs * 10) / 10)
    },
    close: () => void delays.disable(),
  }
}

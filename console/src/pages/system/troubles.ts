/** What in these figures somebody should look at, the worst first. Pure. */
import type { SystemReply } from '../../../../src/api/system/system-schemas.ts'

export type Trouble =
  | { kind: 'noDispatcher' | 'noPlanner' | 'noUpkeep' | 'conveyor' }
  | { kind: 'blocked'; until: string }
  | { kind: 'slowed'; share: number }
  | { kind: 'breaker' | 'memory' | 'lost'; process: string }
  | { kind: 'overdue'; seconds: number }

/** Upkeep looks twice a second, and a conveyor may be a while behind; a minute is neither. */
const OVERDUE_SECONDS = 60
const NEEDED = { dispatcher: 'noDispatcher', planner: 'noPlanner', upkeep: 'noUpkeep' } as const

export function troublesOf({ processes, conveyor, pace, oldestDueSeconds, at }: SystemReply): Trouble[] {
  const alive = processes.filter(({ isAlive }) => isAlive)
  const troubles: Trouble[] = []
  for (const role of ['dispatcher', 'planner', 'upkeep'] as const) {
    if (!alive.some((process) => process.role === role)) troubles.push({ kind: NEEDED[role] })
  }
  if (!conveyor.isReachable) troubles.push({ kind: 'conveyor' })
  if (pace.blockedUntil !== null && pace.blockedUntil > at) {
    troubles.push({ kind: 'blocked', until: pace.blockedUntil })
  } else if (pace.share < 1) troubles.push({ kind: 'slowed', share: pace.share })
  for (const process of alive) {
    if (process.breaker === 'open') troubles.push({ kind: 'breaker', process: nameOf(process) })
    if (process.state === 'memory_high') troubles.push({ kind: 'memory', process: nameOf(process) })
  }
  for (const process of processes) {
    if (process.state === 'lost') troubles.push({ kind: 'lost', process: nameOf(process) })
  }
  if (oldestDueSeconds !== null && oldestDueSeconds > OVERDUE_SECONDS) {
    troubles.push({ kind: 'overdue', seconds: oldestDueSeconds })
  }
  return troubles
}

export function nameOf({ role, host, pid }: SystemReply['processes'][number]): string {
  return `${role}@${host}:${pid}`
}

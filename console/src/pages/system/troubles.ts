/** The issues in these figures, the most serious first. Pure. */
import type { SystemReply } from '../../../../src/api/system/system-schemas.ts'

export type Trouble =
  | { kind: 'noDispatcher' | 'noPlanner' | 'noMaintenance' | 'queue' }
  | { kind: 'blocked'; project: string; until: string }
  | { kind: 'slowed'; project: string; share: number }
  | { kind: 'breaker'; project: string; process: string }
  | { kind: 'memory' | 'lost'; process: string }
  | { kind: 'overdue'; seconds: number }

/** Maintenance runs twice a second, and a queue may lag for a while; a minute is more than either. */
const OVERDUE_SECONDS = 60
const NEEDED = { dispatcher: 'noDispatcher', planner: 'noPlanner', maintenance: 'noMaintenance' } as const

export function troublesOf({ processes, queue, rateLimits, oldestDueSeconds, at }: SystemReply): Trouble[] {
  const alive = processes.filter(({ isAlive }) => isAlive)
  const troubles: Trouble[] = []
  for (const role of ['dispatcher', 'planner', 'maintenance'] as const) {
    if (!alive.some((process) => process.role === role)) troubles.push({ kind: NEEDED[role] })
  }
  if (!queue.isReachable) troubles.push({ kind: 'queue' })
  for (const { project, blockedUntil, share } of rateLimits) {
    if (blockedUntil !== null && blockedUntil > at) {
      troubles.push({ kind: 'blocked', project, until: blockedUntil })
    } else if (share < 1) troubles.push({ kind: 'slowed', project, share })
  }
  for (const process of alive) {
    for (const { project, state } of process.breakers ?? []) {
      if (state === 'open') troubles.push({ kind: 'breaker', project, process: nameOf(process) })
    }
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

function nameOf({ role, host, pid }: SystemReply['processes'][number]): string {
  return `${role}@${host}:${pid}`
}

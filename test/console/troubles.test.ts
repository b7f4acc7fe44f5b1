import { describe, expect, it } from 'vitest'
import { troublesOf } from '../../console/src/pages/system/troubles.ts'
import type { SystemReply } from '../../src/api/system/system-schemas.ts'

type Process = SystemReply['processes'][number]

const process = (role: string, given: Partial<Process> = {}) =>
  ({ role, host: 'h', pid: 1, isAlive: true, state: 'ok', breakers: null, ...given }) as Process

const well = {
  at: '2026-11-21T08:00:00.000Z',
  processes: ['api', 'planner', 'dispatcher', 'maintenance'].map((role) => process(role)),
  queue: { isReachable: true },
  rateLimits: [{ project: 'default', share: 1, blockedUntil: null }],
  oldestDueSeconds: null,
  devices: null,
} as unknown as SystemReply

const kinds = (system: Partial<SystemReply>) => troublesOf({ ...well, ...system }).map(({ kind }) => kind)

describe('what to look at', () => {
  it('is nothing while all is well, and while what is due is only just so', () => {
    expect(kinds({})).toEqual([])
    expect(kinds({ oldestDueSeconds: 60 })).toEqual([])
  })

  it('is a role that nobody fills, dead ones not counted', () => {
    const dead = well.processes.map((each) =>
      each.role === 'dispatcher' ? { ...each, isAlive: false, state: 'stopped' as const } : each,
    )
    expect(kinds({ processes: dead })).toEqual(['noDispatcher'])
    expect(kinds({ processes: [] })).toEqual(['noDispatcher', 'noPlanner', 'noMaintenance'])
  })

  it('is a queue that is away, and what has stood still', () => {
    expect(kinds({ queue: { ...well.queue, isReachable: false } })).toEqual(['queue'])
    expect(kinds({ oldestDueSeconds: 61 })).toEqual(['overdue'])
  })

  it('is the rate limit of a project that FCM has blocked, until then, or cut', () => {
    const shop = (blockedUntil: string) =>
      [...well.rateLimits, { project: 'shop', share: 0.5, blockedUntil }] as SystemReply['rateLimits']
    const troubles = (blockedUntil: string) => troublesOf({ ...well, rateLimits: shop(blockedUntil) })
    const until = '2026-11-21T08:00:30.000Z'
    expect(troubles(until)).toEqual([{ kind: 'blocked', project: 'shop', until }])
    expect(troubles('2026-11-21T07:59:59.000Z')).toEqual([{ kind: 'slowed', project: 'shop', share: 0.5 }])
  })

  it('is a process in trouble, by its name', () => {
    const breakers: Process['breakers'] = [
      { project: 'default', state: 'closed' },
      { project: 'shop', state: 'open' },
    ]
    const processes = [
      ...well.processes,
      process('dispatcher', { pid: 7, breakers, state: 'memory_high' }),
      process('dispatcher', { pid: 8, isAlive: false, state: 'lost', breakers }),
    ]
    expect(troublesOf({ ...well, processes })).toEqual([
      { kind: 'breaker', project: 'shop', process: 'dispatcher@h:7' },
      { kind: 'memory', process: 'dispatcher@h:7' },
      { kind: 'lost', process: 'dispatcher@h:8' },
    ])
  })
})

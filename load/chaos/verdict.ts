/** Judges which promises were kept. Pure: each promise has its sentence here, and the run fails on any of them. */
import type { Guarantee } from '../../src/domain/campaign.ts'
import { percent } from '../../testing/terminal/format.ts'
import { closingInvariantHolds, type Evidence, missingOf, problemsOf } from '../campaign/check-result.ts'
import type { Recovery } from './recoveries.ts'
import { type Happening, roleOf } from './schedule.ts'

export interface ChaosEvidence extends Evidence {
  guarantee: Guarantee
  scheduled: readonly Happening[]
  happened: readonly Happening[]
  /** Messages that an interrupted dispatcher may repeat, or under at_most_once leave in doubt: see `interruptionsIn`. */
  atRiskPerInterruption: number
  /** Share of the audience, in addition to the bound for each kill. */
  mostRepeated: number
  /** Processes that ended by themselves. */
  deaths: readonly string[]
  /** Why the campaign stalled or needs an operator; null if it finished by itself. */
  trouble: string | null
  recoveries: readonly Recovery[]
}

export interface Verdict {
  /** Null, like the closing invariant, if the campaign did not finish: messages are still in flight. */
  lost: number | null
  /** Messages beyond the first of each device. */
  duplicates: number
  duplicateBound: number
  inDoubt: number
  inDoubtBound: number | null
  closingInvariant: boolean | null
  /** A sentence for each broken promise. */
  problems: string[]
}

export function judge(evidence: ChaosEvidence): Verdict {
  const {
    guarantee,
    scheduled,
    happened,
    atRiskPerInterruption,
    mostRepeated,
    deaths,
    trouble,
    rows,
    receiver,
  } = evidence
  const isAtMostOnce = guarantee === 'at_most_once'
  const atRisk = interruptionsIn(happened) * atRiskPerInterruption
  const duplicateBound = isAtMostOnce ? 0 : atRisk
  // Under at_least_once only what used up its attempts is in doubt, which the number of kills does not bound.
  const inDoubtBound = isAtMostOnce ? atRisk : null
  const { surplus: duplicates } = receiver
  const { inDoubt } = rows.deliveries
  const problems = trouble === null ? [] : [trouble]
  const check = (holds: boolean, sentence: string) => {
    if (!holds) problems.push(sentence)
  }
  const isPartial = trouble !== null && evidence.state !== 'finished'
  if (!isPartial) problems.push(...problemsOf(evidence, { mayRepeat: !isAtMostOnce }))
  check(duplicates <= duplicateBound, `${duplicates} messages were repeated; the bound is ${duplicateBound}`)
  check(
    duplicates <= rows.audience * mostRepeated,
    `${duplicates} messages were repeated, more than ${percent(mostRepeated)} of the audience`,
  )
  check(
    inDoubtBound === null || inDoubt <= inDoubtBound,
    `${inDoubt} devices are in doubt; the bound is ${inDoubtBound}`,
  )
  check(deaths.length === 0, `processes ended by themselves: ${deaths.join(', ')}`)
  const missed = scheduled.length - happened.length
  check(
    isPartial || missed === 0,
    `${missed} of ${scheduled.length} planned faults did not happen before the end`,
  )
  return {
    lost: isPartial ? null : missingOf(evidence),
    duplicates,
    duplicateBound,
    inDoubt,
    inDoubtBound,
    closingInvariant: isPartial ? null : closingInvariantHolds(evidence),
    problems,
  }
}

/**
 * Faults after which what a dispatcher had in flight may be repeated: it was killed, it was frozen or cut off from
 * PostgreSQL for so long that its batches were taken from it, or the answers of FCM were lost. All others cost nothing: no
 * outage of a server, however long; no slow network; no full disk.
 */
export function interruptionsIn(happened: readonly Happening[]): number {
  return happened.filter((what) => {
    if (what.kind === 'kill') return roleOf(what.name) === 'dispatcher'
    if (what.kind === 'freeze') return what.length === 'long'
    return what.kind === 'network' && what.how === 'half_open' && what.server !== 'redis'
  }).length
}

export type Role = 'dispatcher' | 'planner' | 'maintenance' | 'api'

export function killsByRole(happened: readonly Happening[]): Record<Role, number> {
  const kills = { dispatcher: 0, planner: 0, maintenance: 0, api: 0 }
  for (const what of happened) if (what.kind === 'kill') kills[roleOf(what.name) as Role] += 1
  return kills
}

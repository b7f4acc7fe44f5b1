/**
 * What stands against the time that a campaign is to start at. Hints for whoever plans, never a refusal. Pure.
 *
 * same_quarter: another campaign of the same project, for an audience that may have the same people in it, starts within a
 * quarter of an hour. Only of the same project: another one has another app, whose people, devices and rate limit are its own.
 * round_time: around :00, :15, :30 and :45 everybody sends, and FCM is slower.
 * cap: campaigns before it use up what everybody of its audience may get (cap-conflict.ts). No later time is suggested then: which
 * one is free depends on what a window still has in it hours or days later.
 *
 * A campaign at local times has a start in each zone, and nobody knows which zones before it is planned. Two of them are
 * compared by their time on the wall; with all others it is compared at its time in its default zone.
 */
import { mayOverlap } from './audience-overlap.ts'
import { busyMark, calmFrom } from './busy-minutes.ts'
import type { Audience } from './campaign.ts'
import { NO_CAPS, spentCap } from './cap-conflict.ts'
import type { CapClock, CapSwitches } from './caps.ts'
import type { CampaignKind } from './send-rules.ts'

/** Another kind is a row here, a case of Conflict, its words in the console, and a place in `conflictsOf` that finds it. */
export const CONFLICT_KINDS = ['cap', 'same_quarter', 'round_time'] as const

/** What starts: a campaign, or a run of a schedule, which becomes one. */
export interface Start extends CapSwitches {
  /** Of a campaign its id; of a run that of its schedule. */
  id: string
  what: 'campaign' | 'run'
  name: string
  /** At local times: when it is that time in the default zone. */
  at: Date
  /** "2026-12-24T20:00" on each wall; null: at one instant. */
  localAt: string | null
  projectId: number
  kind: CampaignKind
  /** Null: too long to be looked through. */
  audience: Audience | null
}

export type Conflict =
  /** `with`: the nearest. `count`: of all that were found; at most MOST_NEIGHBORS are looked at. */
  | { kind: 'same_quarter'; with: Start[]; count: number }
  | { kind: 'round_time'; mark: Date }
  /** `with`: the last ones that use it up. */
  | { kind: 'cap'; window: string; limit: number; with: Start[]; count: number }

export interface Judged {
  conflicts: Conflict[]
  /** A later time without any of them; null: there is no conflict, or no such time within two hours. */
  suggestedAt: Date | null
}

const QUARTER_MS = 15 * 60_000
/** Whoever has to wait for longer has planned it otherwise. */
const MOST_LATER_MS = 2 * 3_600_000
/** Of one start: thousands of campaigns to single members may start in one minute. */
const MOST_NEIGHBORS = 100
const MOST_NAMED = 3

/** All starts of a time, in order, for asking about one after the other. */
export interface StartList {
  atOnce: { ms: number; start: Start }[]
  onWalls: { ms: number; start: Start }[]
  /** Those of `atOnce` that may use up a cap for many: not the thousands to single members. */
  capUsers: { ms: number; start: Start }[]
  caps: CapClock
}

export function startList(starts: readonly Start[], caps = NO_CAPS): StartList {
  const sorted = (all: { ms: number; start: Start }[]) => all.sort((a, b) => a.ms - b.ms)
  const atOnce = sorted(starts.map((start) => ({ ms: start.at.getTime(), start })))
  return {
    atOnce,
    onWalls: sorted(
      starts.filter(({ localAt }) => localAt !== null).map((start) => ({ ms: wallMs(start), start })),
    ),
    capUsers: atOnce.filter(({ start }) => start.countsTowardCaps && isForMany(start)),
    caps,
  }
}

function isForMany({ audience }: Start): boolean {
  return audience !== null && !('externalIds' in audience)
}

/** How far around a time the list must reach for that time to be judged. */
export const LOOKED_BACK_MS = QUARTER_MS
export const LOOKED_AHEAD_MS = MOST_LATER_MS + QUARTER_MS

/** `list` may have the start itself in it. */
export function conflictsOf(start: Start, list: StartList): Judged {
  const others = neighborsOf(start, list)
  const near = others.filter(({ after }) => Math.abs(after) < QUARTER_MS)
  const mark = busyMark(start.at)
  const conflicts: Conflict[] = []
  const spent = spentCap(start, before(start, list), list.caps)
  if (spent !== null) {
    const { window, limit, by } = spent
    conflicts.push({ kind: 'cap', window, limit, with: by.slice(0, MOST_NAMED), count: by.length })
  }
  if (near.length > 0) {
    const nearest = near.toSorted((a, b) => Math.abs(a.after) - Math.abs(b.after))
    const named = nearest.slice(0, MOST_NAMED).map(({ start: other }) => other)
    conflicts.push({ kind: 'same_quarter', with: named, count: near.length })
  }
  if (mark !== null) conflicts.push({ kind: 'round_time', mark })
  const isFree = conflicts.length === 0 || spent !== null
  const suggestedAt = isFree ? null : freeTime(start.at, mark !== null, others)
  return { conflicts, suggestedAt }
}

/** The latest first; those of the same moment count as well, because either may be the first of the two. */
function* before(start: Start, { capUsers }: StartList): Generator<Start> {
  for (let at = firstFrom(capUsers, start.at.getTime() + 1) - 1; at >= 0; at--) {
    const other = (capUsers[at] as StartList['atOnce'][number]).start
    if (!isSame(start, other)) yield other
  }
}

interface Neighbor {
  start: Start
  /** Milliseconds after the start that is judged; before it they are negative. */
  after: number
}

/** In order. */
function neighborsOf(start: Start, { atOnce, onWalls }: StartList): Neighbor[] {
  const isLocal = start.localAt !== null
  const isOther = (other: Start) => !isSame(start, other) && other.projectId === start.projectId
  const others = within(
    atOnce,
    start.at.getTime(),
    (other) => isOther(other) && (!isLocal || other.localAt === null),
  )
  if (isLocal) others.push(...within(onWalls, wallMs(start), isOther))
  return others
    .sort((a, b) => a.after - b.after)
    .filter(({ start: other }) => mayOverlap(start.audience, other.audience))
}

/** At most MOST_NEIGHBORS. */
function within(sorted: StartList['atOnce'], ms: number, isMeant: (other: Start) => boolean): Neighbor[] {
  const found: Neighbor[] = []
  for (let at = firstFrom(sorted, ms - LOOKED_BACK_MS + 1); at < sorted.length; at++) {
    const one = sorted[at] as StartList['atOnce'][number]
    if (one.ms >= ms + LOOKED_AHEAD_MS || found.length === MOST_NEIGHBORS) break
    if (isMeant(one.start)) found.push({ start: one.start, after: one.ms - ms })
  }
  return found
}

/** The place of the first that is not before `ms`. */
function firstFrom(sorted: StartList['atOnce'], ms: number): number {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((sorted[middle]?.ms ?? 0) < ms) low = middle + 1
    else high = middle
  }
  return low
}

/** Later only: what a message announces has begun by then, and a later time has not passed. */
function freeTime(at: Date, isBusy: boolean, others: readonly Neighbor[]): Date | null {
  const calm = isBusy ? calmFrom(at) : at
  let free = calm
  for (const { after } of others) {
    const ms = at.getTime() + after
    if (Math.abs(ms - free.getTime()) < QUARTER_MS) free = calmFrom(new Date(ms + QUARTER_MS))
  }
  if (free.getTime() - at.getTime() <= MOST_LATER_MS) return free
  return isBusy ? calm : null
}

/** A campaign that is moved is no other. A run has the id of its schedule: another run of it is another start. */
function isSame(one: Start, other: Start): boolean {
  if (one.what !== other.what || one.id !== other.id) return false
  return one.what === 'campaign' || one.at.getTime() === other.at.getTime()
}

function wallMs({ localAt }: Start): number {
  return Date.parse(`${localAt}Z`)
}

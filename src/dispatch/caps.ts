/**
 * The frequency caps of one attempt at a batch: which of its devices may leave, which wait and which are left out.
 *
 *   look ──> once the campaign has met members without room: those who are full get their result, and take no quota
 *   take ──> one statement takes a use for each member of a window who has room (cap-store.ts); the others are read
 *   answers ──> what was refused or never left gives its use back; what is in doubt keeps it
 */
import { CapClock, type CapRule, type CapVerdict, type CapWindows, judgeUses } from '../domain/caps.ts'
import type { Outcome } from '../domain/outcome.ts'
import type { Pool } from '../postgres/pool.ts'
import type { BatchDevice, Claim } from './batch-store.ts'
import { type Entry, readUses, settleUses, type Taker, takeUses } from './cap-store.ts'

/** A use that somebody else may give back is looked at again after this time. */
export const HELD_MS = 1_000
/** What has failed makes room: it is removed, and the use is taken after all. Mostly once. */
const MOST_TRIES = 3

type Capped = Pick<BatchDevice, 'id' | 'memberId' | 'timezone'>

/**
 * Campaigns that have met members without room, in this process: only theirs are read before quota is reserved for them. All
 * others would pay for it with each batch.
 */
const haveMetFull = new Set<string>()
const MOST_MET = 1_000

function noteFull(campaignId: string): void {
  if (haveMetFull.size >= MOST_MET) haveMetFull.clear()
  haveMetFull.add(campaignId)
}

export interface Sifted<D> {
  leave: D[]
  /** May leave later: what uses the cap up may still fail. */
  held: D[]
  /** `by`: the campaign that has used the cap up. */
  capped: { device: D; by: string }[]
}

export class Caps {
  readonly #pool: Pool
  readonly #claim: Claim
  readonly #rules: readonly CapRule[]
  readonly #clock: CapClock
  readonly #least: number
  /** By device: of those that were handed over, until they are answered. */
  readonly #taken = new Map<number, Entry>()
  readonly #refused = new Map<number, Entry & { isInDoubt: boolean }>()

  constructor(pool: Pool, claim: Claim, rules: readonly CapRule[], zone: string) {
    this.#pool = pool
    this.#claim = claim
    this.#rules = rules
    this.#clock = new CapClock(rules, claim.defaultZone ?? zone)
    this.#least = Math.min(...rules.map(({ limit }) => limit))
  }

  /** Until when the windows of this member are the same. */
  endOf({ timezone = null }: Pick<BatchDevice, 'timezone'>, at: number): number {
    return this.#claim.ignoresCaps ? Number.POSITIVE_INFINITY : this.#clock.windowsOf(timezone, at).end
  }

  /** Before any quota is reserved. What leaves here is not certain to: only `take` decides. */
  async sift<D extends Capped>(devices: readonly D[], at: number): Promise<Sifted<D>> {
    const sifted: Sifted<D> = { leave: [], held: [], capped: [] }
    if (this.#claim.ignoresCaps || !haveMetFull.has(this.#claim.campaignId))
      return { ...sifted, leave: [...devices] }
    const verdicts = await this.#judge(devices, at)
    for (const device of devices) this.#sort(device, verdicts.get(device.memberId ?? 0), sifted)
    return sifted
  }

  /** Of devices that are about to leave: takes a use for each member who has room. */
  async take<D extends Capped>(devices: readonly D[], at: number): Promise<Sifted<D>> {
    const moment = Math.floor(at)
    try {
      return await this.#take(devices, moment)
    } catch (error) {
      // None of them leaves, and whether their uses were taken is not known: the answer may have been lost.
      for (const { id, memberId } of devices) {
        this.#taken.delete(id)
        if (memberId != null)
          this.#refused.set(id, { ...this.#entry(id, memberId, moment), isInDoubt: false })
      }
      throw error
    }
  }

  async #take<D extends Capped>(devices: readonly D[], moment: number): Promise<Sifted<D>> {
    const { campaignId, chainId, ignoresCaps, countsTowardCaps } = this.#claim
    const sifted: Sifted<D> = { leave: [], held: [], capped: [] }
    let left = devices
    for (let tries = 0; left.length > 0 && tries < MOST_TRIES; tries++) {
      const room = countsTowardCaps
        ? await takeUses(
            this.#pool,
            { campaignId, chainId, rules: this.#rules, isCapped: !ignoresCaps, at: moment },
            this.#takersOf(left, moment),
          )
        : new Set<number>()
      const full = left.filter((device) => !room.has(device.memberId ?? 0))
      for (const device of left) if (room.has(device.memberId ?? 0)) this.#leave(device, moment, sifted)
      if (full.length === 0) return sifted
      const verdicts = await this.#judge(full, moment)
      // Without taking anything, all are read: that says nothing yet.
      if ([...verdicts.values()].some(({ kind }) => kind !== 'room')) noteFull(campaignId)
      left = []
      const again: D[] = []
      for (const device of full) {
        const verdict = verdicts.get(device.memberId ?? 0)
        const hasRoom = verdict === undefined || verdict.kind === 'room'
        if (hasRoom && countsTowardCaps) again.push(device)
        else this.#sort(device, verdict, sifted)
      }
      left = again
    }
    // Others were faster each time.
    sifted.held.push(...left)
    return sifted
  }

  /** What FCM has answered for a device that was handed over. */
  answered({ id }: Pick<BatchDevice, 'id'>, outcome: Outcome): void {
    const entry = this.#taken.get(id)
    if (entry === undefined) return
    this.#taken.delete(id)
    if (outcome.kind !== 'sent') this.#refused.set(id, { ...entry, isInDoubt: outcome.kind === 'in_doubt' })
  }

  /** These were not handed over after all. */
  notSent(devices: readonly Pick<BatchDevice, 'id'>[]): void {
    for (const { id } of devices) {
      const entry = this.#taken.get(id)
      if (entry !== undefined) this.#refused.set(id, { ...entry, isInDoubt: false })
      this.#taken.delete(id)
    }
  }

  /** Writes what became of those that were not sent. Other campaigns wait for it. What could not be written is kept for the next call. */
  async settle(): Promise<void> {
    const entries = [...this.#refused]
    await settleUses(
      this.#pool,
      entries.map(([, entry]) => entry),
    )
    for (const [id, entry] of entries) if (this.#refused.get(id) === entry) this.#refused.delete(id)
  }

  #entry(deviceId: number, memberId: number, at: number): Entry {
    return { memberId, campaignId: this.#claim.campaignId, deviceId, at }
  }

  #sort<D extends Capped>(device: D, verdict: CapVerdict | undefined, sifted: Sifted<D>): void {
    if (verdict?.kind === 'capped') sifted.capped.push({ device, by: verdict.by })
    else if (verdict?.kind === 'held') sifted.held.push(device)
    else sifted.leave.push(device)
  }

  #leave<D extends Capped>(device: D, at: number, sifted: Sifted<D>): void {
    const { id, memberId } = device
    // Given back and taken again before that was written: the entry has another time now.
    this.#refused.delete(id)
    if (memberId != null) this.#taken.set(id, this.#entry(id, memberId, at))
    sifted.leave.push(device)
  }

  #takersOf(devices: readonly Capped[], at: number): Taker[] {
    const members = Map.groupBy(devices, ({ memberId }) => memberId ?? 0)
    return [...members].map(([memberId, own]) => ({
      memberId,
      deviceIds: own.map(({ id }) => id),
      starts: this.#windowsOf(own[0], at).starts,
    }))
  }

  #windowsOf(device: Capped | undefined, at: number): CapWindows {
    return this.#clock.windowsOf(device?.timezone ?? null, at)
  }

  /** By member. What has failed is removed: it takes up room and is no use. */
  async #judge(devices: readonly Capped[], at: number): Promise<Map<number, CapVerdict>> {
    const verdicts = new Map<number, CapVerdict>()
    const members = new Map(devices.map((device) => [device.memberId ?? 0, device]))
    if (members.size === 0) return verdicts
    const starts = new Map(
      [...members].map(([memberId, device]) => [memberId, this.#windowsOf(device, at).starts]),
    )
    const since = [...starts.values()].reduce((earliest, own) => Math.min(earliest, ...own), at)
    const uses = await readUses(this.#pool, [...members.keys()], { least: this.#least, since, now: at })
    const failed = uses.filter(({ fate }) => fate === 'void')
    await settleUses(
      this.#pool,
      failed.map((entry) => ({ ...entry, isInDoubt: false })),
    )
    const byMember = Map.groupBy(uses, ({ memberId }) => memberId)
    for (const [memberId, own] of starts) {
      const theirs = byMember.get(memberId) ?? []
      verdicts.set(memberId, judgeUses(theirs, this.#rules, own, this.#claim.chainId))
    }
    return verdicts
  }
}

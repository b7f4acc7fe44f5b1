/**
 * The devices of a claimed batch that this attempt has still to send to, as they were when they were last looked up. Each
 * look gives a result to those that must not be sent to.
 */
import type { Address } from '../domain/address.ts'
import { type CapRule, usesCaps } from '../domain/caps.ts'
import type { DailyHours } from '../domain/daily-hours.ts'
import { isUnrestricted, SendJudge } from '../domain/send-rules.ts'
import { keepTrying } from '../postgres/keep-trying.ts'
import type { Pool } from '../postgres/pool.ts'
import type { Logger } from '../process/logger.ts'
import { type DeviceResult, UNKNOWN_VERSION } from '../results/result-writer.ts'
import { type BatchDevice, type Claim, loadDevices } from './batch-store.ts'
import { Caps, HELD_MS, type Sifted } from './caps.ts'
import { DatabaseClock } from './database-clock.ts'
import { isPoisoned, type RetryPolicy } from './retry-policy.ts'
import { capped, resultBeforeSending, resultOfPoisoned, skipped } from './settle-outcome.ts'

/** `until`: when it has to be judged again, by the database's clock; undefined: it may leave at any time. */
export type Sendable = BatchDevice & Address & { until?: number }

/** As the environment says. */
export interface Hours {
  night: DailyHours
  /** The zone of members without one, where the campaign names none. */
  zone: string
  /** How many campaigns a member may get. */
  caps: readonly CapRule[]
}

export interface DevicesLeftOptions {
  pool: Pool
  retry: RetryPolicy
  record: (result: DeviceResult) => void
  /** Whether the device's platform waits for an operator. */
  holdsBack: (device: BatchDevice) => boolean
  hours: Hours
  /** How much later than it is handed over a message may start. */
  leadMs: () => number
  /** For tests. */
  clockShiftMs?: () => number
  log: Logger
}

export class DevicesLeft {
  readonly #claim: Claim
  readonly #options: DevicesLeftOptions
  /** By position, in that order. Undefined before the first look. */
  #left: Map<number, Sendable> | undefined
  readonly #passed: number[] = []
  #waiting = 0
  #lookedAt = 0
  /** Null: its devices may be sent to at any time. */
  readonly #judge: SendJudge | null
  readonly #clock: DatabaseClock
  /** Null: neither is the campaign capped nor does it count. */
  readonly caps: Caps | null
  #opensAt = Number.POSITIVE_INFINITY

  constructor(claim: Claim, options: DevicesLeftOptions) {
    this.#claim = claim
    this.#options = options
    const { night, zone, caps } = options.hours
    this.#judge = isUnrestricted(claim) ? null : new SendJudge(claim, night, claim.defaultZone ?? zone)
    this.#clock = new DatabaseClock(options.clockShiftMs)
    this.caps = usesCaps(claim, caps) ? new Caps(options.pool, claim, caps, zone) : null
  }

  /** False: nothing is known of the devices, and nothing was recorded. */
  get hasLooked(): boolean {
    return this.#left !== undefined
  }

  get count(): number {
    return this.#left?.size ?? 0
  }

  /** Milliseconds since the last look began. */
  get ageMs(): number {
    return performance.now() - this.#lookedAt
  }

  /** Positions of the devices without a result that earlier attempts of this pass have sent to. */
  get passed(): readonly number[] {
    return this.#passed
  }

  /** How many of them wait for nothing but the next pass. */
  get waitingForNextPass(): number {
    return this.#waiting
  }

  /** Milliseconds until the first of those that wait for their hours may leave; null: none does. */
  get opensInMs(): number | null {
    return this.#opensAt === Number.POSITIVE_INFINITY
      ? null
      : Math.max(0, this.#opensAt - this.#clock.earliest)
  }

  /** When one of these has to be judged again, by the database's clock. */
  endOf(devices: readonly Sendable[]): number {
    if (this.#judge === null && this.caps === null) return Number.POSITIVE_INFINITY
    return Math.min(...devices.map(({ until = Number.POSITIVE_INFINITY }) => until))
  }

  /** Milliseconds from now, as late as it may be, until then. Asked for each message. */
  msUntil(end: number): number {
    return end - this.#latest
  }

  /** Looks the devices up, and those that are left once more. */
  async look(): Promise<void> {
    const at = performance.now()
    const devices = await loadDevices(this.#options.pool, this.#claim, this.#options.hours.caps)
    this.#lookedAt = at
    if (devices[0]?.databaseMs !== undefined) this.#clock.set(devices[0].databaseMs, at)
    if (this.#left === undefined) this.#first(devices)
    else this.#again(devices, this.#left)
    if (this.caps === null) return
    const { leave } = this.#settled(await this.caps.sift(this.#devices, this.#clock.latest))
    this.#left = new Map(leave.map((device) => [device.position, device]))
  }

  /** The next devices, at most `size`, that may leave now, with the uses of their members taken. They are not left any more. */
  async take(size: number): Promise<Sendable[]> {
    const window = this.#next(size)
    if (this.caps === null || window.length === 0) return window
    const at = this.#clock.latest
    const taken = await this.caps.take(window, at).catch((error: unknown) => {
      for (const device of window) this.#left?.set(device.position, device)
      throw error
    })
    const { leave } = this.#settled(taken)
    for (const device of leave) {
      // What has not left when a day or a week ends is counted in the next one.
      device.until = Math.min(device.until ?? Number.POSITIVE_INFINITY, this.caps.endOf(device, at))
    }
    return leave
  }

  get #devices(): Sendable[] {
    return [...(this.#left?.values() ?? [])]
  }

  /** Gives those who are capped their result, and lets those wait who may be. */
  #settled(sifted: Sifted<Sendable>): Sifted<Sendable> {
    for (const { device, by } of sifted.capped) this.#options.record({ deviceId: device.id, ...capped(by) })
    if (sifted.held.length > 0) this.#opensAt = Math.min(this.#opensAt, this.#clock.earliest + HELD_MS)
    return sifted
  }

  #next(size: number): Sendable[] {
    const window: Sendable[] = []
    for (const [position, device] of this.#left ?? []) {
      if (window.length === size) break
      this.#left?.delete(position)
      if (device.until === undefined || device.until > this.#latest || this.#mayLeave(device))
        window.push(device)
    }
    return window
  }

  get #latest(): number {
    return this.#clock.latest + this.#options.leadMs()
  }

  /** Gives it a result, or lets it wait, if it may not. */
  #mayLeave(device: Sendable): boolean {
    if (this.#judge === null) {
      delete device.until
      return true
    }
    const { timezone = null, hasMarketingConsent = false, hasNightConsent = false } = device
    const recipient = { timezone, hasMarketingConsent, hasNightConsent }
    const verdict = this.#judge.judge(recipient, this.#clock.earliest, this.#latest)
    if (verdict.kind === 'leave') device.until = verdict.until
    else if (verdict.kind === 'wait') this.#opensAt = Math.min(this.#opensAt, verdict.opensAt)
    else this.#options.record({ deviceId: device.id, ...skipped(verdict.code) })
    return verdict.kind === 'leave'
  }

  /** After a window. These were certainly not sent to, or refused for a reason that says nothing about them. */
  async giveBack(devices: readonly Sendable[]): Promise<void> {
    this.caps?.notSent(devices)
    // Before they are left again: what is not given back when it is taken once more is in doubt, and counts.
    await this.caps?.settle().catch((error: Error) => {
      this.#options.log.warn(
        { err: error, campaignId: this.#claim.campaignId },
        'uses of caps were not given back',
      )
    })
    for (const device of devices) this.#left?.set(device.position, device)
  }

  /**
   * Before the attempt ends: as long as the batch belongs to this process, nobody takes these uses for those of one that has died.
   * Mostly nothing is left: what the database could not be told while it was away.
   */
  async settleUses(giveUp: AbortSignal): Promise<void> {
    const { log } = this.#options
    const { campaignId } = this.#claim
    await keepTrying(async () => this.caps?.settle(), { what: 'give uses of caps back', giveUp, log }).catch(
      (error: Error) => log.warn({ err: error, campaignId }, 'uses of caps were not given back'),
    )
  }

  #first(devices: BatchDevice[]): void {
    const { campaignId, seq, guarantee, messageVersion, launchedVersion, skipCode } = this.#claim
    const { retry, record, holdsBack, log } = this.#options
    const left = new Map<number, Sendable>()
    this.#left = left
    const poisoned = isPoisoned(this.#claim, retry)
    if (poisoned) log.error({ campaignId, seq }, 'a batch used up its attempts')
    for (const device of devices) {
      const result = poisoned
        ? resultOfPoisoned(device, guarantee)
        : skipCode !== null
          ? skipped(skipCode)
          : resultBeforeSending(device)
      if (result !== null) {
        // In doubt: what an earlier owner has sent. Of several versions, it is known only if the batch has noted it.
        const earlier = device.wasLaunched ? launchedVersion : messageVersion === 1 ? 1 : UNKNOWN_VERSION
        const version = result.state === 'in_doubt' ? { messageVersion: earlier } : {}
        record({ deviceId: device.id, ...result, ...version })
        continue
      }
      const isHeld = holdsBack(device)
      if (device.wasPassed) {
        this.#passed.push(device.position)
        if (!isHeld) this.#waiting += 1
      } else if (!isHeld && this.#mayLeave(device as Sendable)) left.set(device.position, device as Sendable)
    }
  }

  /** Results that are not written yet make a device look as if it had none: only those that are left count. */
  #again(devices: BatchDevice[], before: ReadonlyMap<number, Sendable>): void {
    const left = new Map<number, Sendable>()
    for (const device of devices) {
      if (!before.has(device.position)) continue
      const result = resultBeforeSending({ ...device, wasLaunched: false })
      if (result !== null) this.#options.record({ deviceId: device.id, ...result })
      else if (this.#mayLeave(device as Sendable)) left.set(device.position, device as Sendable)
    }
    this.#left = left
  }
}

/**
 * The devices of a claimed batch that this attempt has still to send to, as they were when they were last looked up. Each
 * look gives a result to those that must not be sent to.
 */
import type { Address } from '../domain/address.ts'
import type { Pool } from '../postgres/pool.ts'
import type { Logger } from '../process/logger.ts'
import { type DeviceResult, UNKNOWN_VERSION } from '../results/result-writer.ts'
import { type BatchDevice, type Claim, loadDevices } from './batch-store.ts'
import { isPoisoned, type RetryPolicy } from './retry-policy.ts'
import { resultBeforeSending, resultOfPoisoned, skipped } from './settle-outcome.ts'

export type Sendable = BatchDevice & Address

export interface DevicesLeftOptions {
  pool: Pool
  retry: RetryPolicy
  record: (result: DeviceResult) => void
  /** Whether the device's platform waits for an operator. */
  holdsBack: (device: BatchDevice) => boolean
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

  constructor(claim: Claim, options: DevicesLeftOptions) {
    this.#claim = claim
    this.#options = options
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

  /** Looks the devices up, and those that are left once more. */
  async look(): Promise<void> {
    const at = performance.now()
    const devices = await loadDevices(this.#options.pool, this.#claim)
    this.#lookedAt = at
    if (this.#left === undefined) this.#first(devices)
    else this.#again(devices, this.#left)
  }

  /** The next devices, at most `size`. They are not left any more. */
  take(size: number): Sendable[] {
    const window: Sendable[] = []
    for (const [position, device] of this.#left ?? []) {
      if (window.length === size) break
      this.#left?.delete(position)
      window.push(device)
    }
    return window
  }

  /** Certainly not sent to, or refused for a reason that says nothing about them. */
  giveBack(devices: readonly Sendable[]): void {
    for (const device of devices) this.#left?.set(device.position, device)
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
      } else if (!isHeld) left.set(device.position, device as Sendable)
    }
  }

  /** Results that are not written yet make a device look as if it had none: only those that are left count. */
  #again(devices: BatchDevice[], before: ReadonlyMap<number, Sendable>): void {
    const left = new Map<number, Sendable>()
    for (const device of devices) {
      if (!before.has(device.position)) continue
      const result = resultBeforeSending({ ...device, wasLaunched: false })
      if (result !== null) this.#options.record({ deviceId: device.id, ...result })
      else left.set(device.position, device as Sendable)
    }
    this.#left = left
  }
}

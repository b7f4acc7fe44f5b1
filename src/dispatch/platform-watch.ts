/**
 * Detects that FCM cannot sign in to the push service of one platform (an APNs key or web push key that is missing,
 * revoked or of another app), or sends to an app that it may not, so that its devices wait for an operator while the others go
 * on.
 *
 * Judged at the end of a pass: where some messages to the platform were accepted and some refused, the credential
 * works, and the refused ones belong to another app of the project. Those have failed. Not at the end of each attempt: a
 * campaign with a low rate sends a few messages in one, and a single device of another app would halt its platform.
 *
 * Some refusals are mostly the device's own (another build of the app). A few of those have failed; so many that no device of
 * the platform was spared have a common cause.
 */
import type { Platform } from '../domain/campaign.ts'
import { type CodeOfClass, DELIVERY_CODES } from '../domain/delivery-result.ts'
import { CONVINCING } from './address-watch.ts'

export type PlatformCode = CodeOfClass<'push_setup' | 'push_device'>

/** Android has no third party: a refusal there is about the one device, whose platform is not what was registered. */
const HALTABLE: readonly (Platform | null)[] = ['ios', 'web']

export interface RefusedDevice {
  id: number
  /** In its batch. */
  position: number
  code: PlatformCode
}

export class PlatformWatch {
  readonly #halted: readonly (Platform | null)[]
  readonly #accepted = new Set<Platform | null>()
  readonly #refused = new Map<Platform, RefusedDevice[]>()
  #waiting = 0

  constructor(halted: readonly Platform[]) {
    this.#halted = halted
  }

  /** True: nothing is sent to this device; it keeps its turn. */
  holdsBack(platform: Platform | null): boolean {
    if (!this.#halted.includes(platform)) return false
    this.#waiting += 1
    return true
  }

  accepted(platform: Platform | null): void {
    this.#accepted.add(platform)
  }

  /** True: the device waits for the verdict. False: its platform cannot be halted. */
  refused(device: RefusedDevice, platform: Platform | null): boolean {
    if (platform === null || !HALTABLE.includes(platform)) return false
    const devices = this.#refused.get(platform) ?? []
    this.#refused.set(platform, devices)
    devices.push(device)
    return true
  }

  /** Platforms that have refused messages and accepted none. */
  get doubted(): Platform[] {
    return [...this.#refused.keys()].filter((platform) => !this.#accepted.has(platform))
  }

  /** On the last attempt no device waits any longer. Call it once, after all answers. */
  verdict(isLast: boolean): { halted: Platform[]; failed: RefusedDevice[] } {
    const halted: Platform[] = []
    const failed: RefusedDevice[] = []
    for (const [platform, devices] of this.#refused) {
      if (isLast || this.#accepted.has(platform) || isTheirOwn(devices)) {
        failed.push(...devices)
      } else {
        halted.push(platform)
        this.#waiting += devices.length
      }
    }
    return { halted, failed }
  }

  /** Devices that wait for an operator. */
  get waiting(): number {
    return this.#waiting
  }
}

function isTheirOwn(devices: readonly RefusedDevice[]): boolean {
  return (
    devices.length < CONVINCING && devices.every(({ code }) => DELIVERY_CODES[code].class === 'push_device')
  )
}

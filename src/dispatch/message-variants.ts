/** What the devices of a campaign get: all the same, but for Korean members, who are told that it is an advertisement. */
import { advertisingMessage, isKorean } from '../domain/advertising-message.ts'
import { type PushMessage, pushMessage } from '../push/push-message.ts'
import type { Claim } from './batch-store.ts'
import type { Sendable } from './devices-left.ts'

export interface Part {
  message: PushMessage
  devices: Sendable[]
}

export class MessageVariants {
  readonly #plain: PushMessage
  /** Null: no device gets it. A sender keeps what it builds from a message as long as this lives. */
  readonly #korean: PushMessage | null
  readonly #defaultZone: string

  constructor({ kind, message, advertiser, chainId, defaultZone }: Claim, zone: string) {
    this.#plain = pushMessage(message, chainId)
    this.#korean =
      kind === 'advertising' && advertiser !== null
        ? pushMessage(advertisingMessage(message, advertiser), chainId)
        : null
    this.#defaultZone = defaultZone ?? zone
  }

  /** One part for each message that some of the devices get. */
  partsOf(devices: Sendable[]): Part[] {
    const korean = this.#korean
    if (korean === null) return [{ message: this.#plain, devices }]
    const { yes = [], no = [] } = Object.groupBy(devices, ({ locale = null, timezone = null }) =>
      isKorean({ locale, timezone }, this.#defaultZone) ? 'yes' : 'no',
    )
    return [
      { message: korean, devices: yes },
      { message: this.#plain, devices: no },
    ].filter((part) => part.devices.length > 0)
  }
}

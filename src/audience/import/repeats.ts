/** Warns of ids and addresses that are on more lines than a person has devices. */
import { isRejection } from '../../domain/device-row.ts'
import { shorten } from '../../domain/rejection.ts'
import type { FoundDevice } from './found-device.ts'
import { RepeatWatch } from './repeat-watch.ts'

export interface FoundRepeat {
  code: 'repeated_external_id' | 'repeated_address'
  value: string
  /** At least. */
  lines: number
  reason: string
}

/** Only test accounts have so many devices; in a short list, fewer are strange. */
const ID_LINES = 20
const ID_LINES_OF_FEW = 8
const ADDRESS_LINES = 5
const ADDRESS_LINES_OF_FEW = 3
/** Of each kind. */
const MOST = 10

export class Repeats {
  readonly #ids = new RepeatWatch()
  readonly #addresses = new RepeatWatch()

  add({ device }: FoundDevice): void {
    if (isRejection(device)) return
    this.#ids.add(device.externalId)
    this.#addresses.add(device.address)
  }

  warnings(): FoundRepeat[] {
    const ids = this.#ids.repeated(ID_LINES, ID_LINES_OF_FEW, MOST).map(
      ({ value, lines }): FoundRepeat => ({
        code: 'repeated_external_id',
        value: shorten(value),
        lines,
        reason: `the externalId ${JSON.stringify(shorten(value))} is on ${lines} lines: all their devices become those of one member, and one opt-out is for all`,
      }),
    )
    const addresses = this.#addresses.repeated(ADDRESS_LINES, ADDRESS_LINES_OF_FEW, MOST).map(
      ({ value, lines }): FoundRepeat => ({
        code: 'repeated_address',
        value: shorten(value),
        lines,
        reason: `the address ${JSON.stringify(shorten(value))} is on ${lines} lines: it becomes the device of the last one`,
      }),
    )
    return [...ids, ...addresses]
  }
}

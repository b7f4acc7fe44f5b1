/** Reads devices out of the entries of a list: what CSV and JSON have in common. */
import type { Column, ColumnProblem } from './column-names.ts'
import type { FoundDevice } from './found-device.ts'
import type { Profile } from './profiles/profile.ts'
import type { Line } from './read-lines.ts'

export interface ListReader {
  /** The devices of these lines, in order. One line may have several, or, where it is blank, none. */
  read(lines: readonly Line[]): FoundDevice[]
  /** Call it at the end of the input. */
  end(): FoundDevice[]
  /** Entries that held something, so far. */
  readonly entries: number
  readonly columns: readonly Column[]
  readonly profile: Profile | undefined
  /** Why nothing of the list can be used. */
  readonly problems: readonly ColumnProblem[]
  /** The first entries as they are in the file, in the order of the columns. */
  readonly sample: Sample
}

const SAMPLES = 3
const MAX_CELLS = 40
const MAX_CELL_LENGTH = 80
/** Entries that are looked at for letters beyond ASCII. */
const MAX_SEEN = 5_000

export interface SampleEntry {
  number: number
  cells: string[]
}

/**
 * Three entries to look at. If the first have only ASCII, those with other letters take their places: they show whether
 * the encoding is right.
 */
export class Sample {
  readonly entries: SampleEntry[] = []
  #seen = 0
  #telling = 0

  /** False: it needs no more of them. */
  get isOpen(): boolean {
    return this.#seen < MAX_SEEN && this.#telling < SAMPLES
  }

  add(number: number, cells: readonly string[]): void {
    this.#seen += 1
    const isTelling = cells.some((cell) => /[^\0-\x7f]/.test(cell))
    if (this.entries.length >= SAMPLES && !isTelling) return
    if (this.entries.length >= SAMPLES) this.entries.splice(this.#telling, 1)
    const shown = cells.slice(0, MAX_CELLS).map((cell) => cell.slice(0, MAX_CELL_LENGTH).toWellFormed())
    const entry = { number, cells: structuredClone(shown) }
    if (isTelling) this.entries.splice(this.#telling++, 0, entry)
    else this.entries.push(entry)
  }
}

/** Of a list with any number of columns, this many are reported. */
export const MAX_COLUMNS = 200

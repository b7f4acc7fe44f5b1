/**
 * Small counts for any text, ten bytes a text: the text itself is not kept, only 53 bits of its hash. Two texts with
 * the same hash are counted as one; among ten million that happens once in two hundred runs.
 */
const FIRST_SLOTS = 1 << 12
/** Above this, probing costs more than growing. */
const FULLEST = 0.6
/** Counts saturate here. */
const LARGEST = 255

export class HashedCounts {
  readonly #limit: number
  #hashes = new Float64Array(FIRST_SLOTS)
  #first = new Uint8Array(FIRST_SLOTS)
  #second = new Uint8Array(FIRST_SLOTS)
  #size = 0

  /** `limit`: how many texts at most. */
  constructor(limit: number) {
    this.#limit = limit
  }

  /** Adds one to the first count of the text. Returns false when the text is new and there is no room for it. */
  addFirst(text: string): boolean {
    const hash = hashOf(text)
    let slot = this.#slotOf(hash)
    if (this.#hashes[slot] === 0) {
      if (this.#size === this.#limit) return false
      if (this.#size >= this.#hashes.length * FULLEST) {
        this.#grow()
        slot = this.#slotOf(hash)
      }
      this.#hashes[slot] = hash
      this.#size++
    }
    const before = this.#first[slot] ?? 0
    if (before < LARGEST) this.#first[slot] = before + 1
    return true
  }

  /** Adds one to the second count, if the text is known. Returns the count before, or undefined. */
  addSecond(text: string): number | undefined {
    const slot = this.#slotOf(hashOf(text))
    if (this.#hashes[slot] === 0) return undefined
    const before = this.#second[slot] ?? 0
    if (before < LARGEST) this.#second[slot] = before + 1
    return before
  }

  first(text: string): number {
    return this.#first[this.#slotOf(hashOf(text))] ?? 0
  }

  second(text: string): number {
    return this.#second[this.#slotOf(hashOf(text))] ?? 0
  }

  clear(): void {
    this.#hashes = new Float64Array(FIRST_SLOTS)
    this.#first = new Uint8Array(FIRST_SLOTS)
    this.#second = new Uint8Array(FIRST_SLOTS)
    this.#size = 0
  }

  /** Where the hash is, or the free slot where it would go. There always is one. */
  #slotOf(hash: number): number {
    const mask = this.#hashes.length - 1
    let slot = hash & mask
    while (this.#hashes[slot] !== 0 && this.#hashes[slot] !== hash) slot = (slot + 1) & mask
    return slot
  }

  #grow(): void {
    const [hashes, first, second] = [this.#hashes, this.#first, this.#second]
    this.#hashes = new Float64Array(hashes.length * 2)
    this.#first = new Uint8Array(hashes.length * 2)
    this.#second = new Uint8Array(hashes.length * 2)
    for (let old = 0; old < hashes.length; old++) {
      const hash = hashes[old] ?? 0
      if (hash === 0) continue
      const slot = this.#slotOf(hash)
      this.#hashes[slot] = hash
      this.#first[slot] = first[old] ?? 0
      this.#second[slot] = second[old] ?? 0
    }
  }
}

/** Two 32-bit FNV-like hashes, mixed as in MurmurHash3, put together to 53 bits. Never 0, which marks a free slot. */
function hashOf(text: string): number {
  let low = 0x811c9dc5
  let high = 0x9e3779b9
  for (let i = 0; i < text.length; i++) {
    const char = text.charCodeAt(i)
    low = Math.imul(low ^ char, 0x01000193)
    high = Math.imul(high ^ char, 0x85ebca6b)
  }
  low = Math.imul(low ^ (low >>> 16), 0x85ebca6b)
  low = Math.imul(low ^ (low >>> 13), 0xc2b2ae35)
  high = Math.imul(high ^ (high >>> 15), 0x2c1b3c6d)
  high = Math.imul(high ^ (high >>> 12), 0x297a2d39)
  return (high >>> 11) * 2 ** 32 + ((low ^ (low >>> 16)) >>> 0) || 1
}

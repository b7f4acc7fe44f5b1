/**
 * Decodes response headers from HPACK (RFC 7541). We need only the status and Retry-After; other fields are decoded as far
 * as the dynamic table requires, which both sides must keep the same.
 *
 * Throws on everything that RFC 7541 calls a decoding error: the tables differ from then on, and the connection is lost.
 */
import { decodeHuffman } from './huffman.ts'

/** The size of the table a server may use unless we change it, which we never do. */
const TABLE_SIZE = 4096
/** RFC 7541, 4.1: the size of an entry is that of its name and value, and this. */
const ENTRY_OVERHEAD = 32
/** FCM's headers are less than a tenth as long. */
const LONGEST_TEXT = 65_536

/** RFC 7541, appendix A: the names of the entries from 1 on. */
const STATIC_NAMES =
  `:authority :method :method :path :path :scheme :scheme :status :status :status :status :status
  :status :status accept-charset accept-encoding accept-language accept-ranges accept access-control-allow-origin age
  allow authorization cache-control content-disposition content-encoding content-language content-length
  content-location content-range content-type cookie date etag expect expires from host if-match if-modified-since
  if-none-match if-range if-unmodified-since last-modified link location max-forwards proxy-authenticate
  proxy-authorization range referer refresh retry-after server set-cookie strict-transport-security transfer-encoding
  user-agent vary via www-authenticate`.split(/\s+/)
const STATIC_STATUS: Record<number, string> = {
  8: '200',
  9: '204',
  10: '206',
  11: '304',
  12: '400',
  13: '404',
  14: '500',
}

interface Entry {
  name: string
  /** Empty in those entries of the static table whose value we do not need. */
  value: string
  size: number
}

const STATIC: readonly Entry[] = STATIC_NAMES.map((name, index) => ({
  name,
  value: STATIC_STATUS[index + 1] ?? '',
  size: 0,
}))

export class ResponseHeaders {
  /** Of the last block; 0 if it has none (trailers). */
  status = 0
  retryAfter: string | undefined
  /** Newest first. */
  readonly #table: Entry[] = []
  #size = 0
  #limit = TABLE_SIZE
  #block: Buffer = Buffer.alloc(0)
  #at = 0
  #end = 0

  /** Takes one complete block: the fragments of HEADERS and its CONTINUATIONs together. */
  read(block: Buffer): void {
    this.status = 0
    this.retryAfter = undefined
    this.#block = block
    this.#at = 0
    this.#end = block.length
    let mayResize = true
    while (this.#at < this.#end) {
      const first = block[this.#at] as number
      if ((first & 0xe0) === 0x20) {
        if (!mayResize) throw new Error('a table size in the middle of a block')
        this.#resize(this.#integer(5))
        continue
      }
      mayResize = false
      if ((first & 0x80) !== 0) {
        const { name, value } = this.#entry(this.#integer(7))
        this.#note(name, value)
      } else if ((first & 0x40) !== 0) this.#literal(6, true)
      else this.#literal(4, false)
    }
  }

  #note(name: string, value: string): void {
    if (name === ':status') this.status = /^\d{3}$/.test(value) ? Number(value) : 0
    else if (name === 'retry-after') this.retryAfter = value
  }

  #literal(prefix: number, isKept: boolean): void {
    const index = this.#integer(prefix)
    const name = index === 0 ? this.#text() : this.#entry(index).name
    const isWanted = name === ':status' || name === 'retry-after'
    if (!isWanted && !isKept) {
      this.#skipText()
      return
    }
    const value = this.#text()
    if (isWanted) this.#note(name, value)
    if (isKept) this.#keep({ name, value, size: name.length + value.length + ENTRY_OVERHEAD })
  }

  #keep(entry: Entry): void {
    this.#evictTo(this.#limit - entry.size)
    // Larger than the whole table: empties it, and is no error (RFC 7541, 4.4).
    if (entry.size > this.#limit) return
    this.#table.unshift(entry)
    this.#size += entry.size
  }

  #evictTo(size: number): void {
    while (this.#size > size) {
      const oldest = this.#table.pop()
      if (oldest === undefined) return
      this.#size -= oldest.size
    }
  }

  #resize(limit: number): void {
    if (limit > TABLE_SIZE) throw new Error(`a table of ${limit} bytes, above our ${TABLE_SIZE}`)
    this.#limit = limit
    this.#evictTo(limit)
  }

  #entry(index: number): Entry {
    const entry = index <= STATIC.length ? STATIC[index - 1] : this.#table[index - STATIC.length - 1]
    if (entry === undefined)
      throw new Error(`entry ${index} of a table with ${this.#table.length} of its own`)
    return entry
  }

  #integer(prefix: number): number {
    const most = 2 ** prefix - 1
    let value = this.#byte() & most
    if (value < most) return value
    for (let shift = 0; shift <= 21; shift += 7) {
      const byte = this.#byte()
      value += (byte & 0x7f) * 2 ** shift
      if ((byte & 0x80) === 0) return value
    }
    throw new Error('a number that is too large')
  }

  #byte(): number {
    if (this.#at >= this.#end) throw new Error('a block that ends in the middle of a field')
    return this.#block[this.#at++] as number
  }

  #text(): string {
    const isHuffman = ((this.#block[this.#at] ?? 0) & 0x80) !== 0
    const from = this.#skipText()
    return isHuffman
      ? decodeHuffman(this.#block, from, this.#at)
      : this.#block.toString('latin1', from, this.#at)
  }

  /** Returns the position at which the text begins. */
  #skipText(): number {
    const length = this.#integer(7)
    if (length > LONGEST_TEXT || this.#at + length > this.#end)
      throw new Error('a text longer than its block')
    const from = this.#at
    this.#at += length
    return from
  }
}

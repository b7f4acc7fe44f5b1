/**
 * Encodes request headers with HPACK (RFC 7541). All requests with one access token have the same headers, so a
 * connection sends them once, into the server's table, and then refers to them: eight bytes for each message instead of
 * several hundred.
 *
 * Without Huffman coding: it would make only the first request of a connection smaller.
 */

export type HeaderFields = readonly (readonly [name: string, value: string])[]

/** How much of a server's table we use. Our entries have about 400 bytes in total, without the access token. */
const MOST_TABLE = 4096
const ENTRY_OVERHEAD = 32
const STATIC_ENTRIES = 61

/** The entries of the static table that we need: with a value, and by name only. */
const STATIC_FIELDS: Record<string, number> = { ':method POST': 3, ':scheme https': 7 }
const STATIC_NAMES: Record<string, number> = {
  ':authority': 1,
  ':path': 4,
  authorization: 23,
  'content-type': 31,
}

export interface HeaderBlocks {
  /** Adds the headers to the table; for the first request with them. */
  first: Buffer
  /** Refers to the table as `first` left it. */
  again: Buffer
}

/** `tableSize`: what the server allows, its SETTINGS_HEADER_TABLE_SIZE. */
export function encodeHeaders(fields: HeaderFields, tableSize: number): HeaderBlocks {
  const limit = Math.min(tableSize, MOST_TABLE)
  const own = fields.filter(([name, value]) => STATIC_FIELDS[`${name} ${value}`] === undefined)
  const size = own.reduce((sum, [name, value]) => sum + name.length + value.length + ENTRY_OVERHEAD, 0)
  if (size > limit) {
    // Too large for the table: every request contains all headers.
    const block = Buffer.concat([integer(0, 5, 0x20), ...fields.map((field) => literal(field, 0x00, 4))])
    return { first: block, again: block }
  }
  // The table is emptied first: entries of earlier headers would count against the limit.
  const emptied = [integer(0, 5, 0x20), integer(limit, 5, 0x20)]
  let index = STATIC_ENTRIES + own.length
  const again = fields.map(([name, value]) => integer(STATIC_FIELDS[`${name} ${value}`] ?? index--, 7, 0x80))
  return {
    first: Buffer.concat([...emptied, ...fields.map((field) => literal(field, 0x40, 6))]),
    again: Buffer.concat(again),
  }
}

/** A field of the static table is its number; any other is text, in the representation that `pattern` selects. */
function literal([name, value]: readonly [string, string], pattern: number, prefix: number): Buffer {
  const whole = STATIC_FIELDS[`${name} ${value}`]
  if (whole !== undefined) return integer(whole, 7, 0x80)
  const named = STATIC_NAMES[name]
  return Buffer.concat([
    integer(named ?? 0, prefix, pattern),
    ...(named === undefined ? [text(name)] : []),
    text(value),
  ])
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value, 'latin1')
  return Buffer.concat([integer(bytes.length, 7, 0x00), bytes])
}

function integer(value: number, prefix: number, pattern: number): Buffer {
  const most = 2 ** prefix - 1
  if (value < most) return Buffer.from([pattern | value])
  const bytes = [pattern | most]
  let rest = value - most
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest & 0x7f) | 0x80)
  bytes.push(rest)
  return Buffer.from(bytes)
}

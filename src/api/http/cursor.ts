/**
 * Encodes the position in a list as an opaque cursor. The cursor contains a hash of the list and its filters, so that a
 * cursor of another list is refused instead of silently skipping rows. A hash, because filters may be long and may contain
 * a device's address.
 */
import { createHash } from 'node:crypto'
import type { Static, TSchema } from 'typebox'
import { AppError } from '../../domain/errors.ts'
import { compileCheck, findUnstorable } from './validation.ts'

const VERSION = 2

export interface CursorKind<T> {
  encode(list: string, position: T | undefined): string | null
  decode(list: string, cursor: string | undefined): T | undefined
}

export function cursorOf<S extends TSchema>(positionSchema: S): CursorKind<Static<S>> {
  const isPosition = compileCheck<Static<S>>(positionSchema)
  return {
    encode(list, position) {
      if (position === undefined) return null
      return Buffer.from(JSON.stringify({ v: VERSION, list: hashOf(list), at: position })).toString(
        'base64url',
      )
    },
    decode(list, cursor) {
      if (cursor === undefined) return undefined
      const content = read(cursor)
      if (
        content?.v === VERSION &&
        content.list === hashOf(list) &&
        isPosition(content.at) &&
        findUnstorable(content.at) === undefined
      ) {
        return content.at
      }
      throw new AppError(
        'invalid_cursor',
        `The cursor ${JSON.stringify(cursor.slice(0, 60))} does not belong to this list with these filters. Pass "nextCursor" of the previous page unchanged, or omit it to start from the beginning.`,
      )
    },
  }
}

/** `rows`: one more than the limit if there is a next page. `last` is where that page begins, after its row. */
export function pageOf<T>(rows: readonly T[], limit: number): { page: T[]; last: T | undefined } {
  const page = rows.slice(0, limit)
  return { page, last: rows.length > limit ? page.at(-1) : undefined }
}

/** Of a page's rows as JSON: half a second for a phone, and a thousand of them at once are less than an API's memory. */
const MOST_PAGE_BYTES = 1_000_000

/**
 * As `pageOf`, for rows that may be large: a page of more than MOST_PAGE_BYTES ends early, after one row at least. Returns
 * the bodies of its rows.
 */
export function boundedPageOf<T, B extends object>(
  rows: readonly T[],
  limit: number,
  bodyOf: (row: T) => B,
): { data: B[]; last: T | undefined } {
  const data: B[] = []
  let bytes = 0
  for (const row of rows.slice(0, limit)) {
    const body = bodyOf(row)
    bytes += Buffer.byteLength(JSON.stringify(body))
    if (bytes > MOST_PAGE_BYTES && data.length > 0) break
    data.push(body)
  }
  return { data, last: rows.length > data.length ? rows[data.length - 1] : undefined }
}

function hashOf(list: string): string {
  return createHash('sha256').update(list).digest('base64url').slice(0, 16)
}

function read(cursor: string): { v?: unknown; list?: unknown; at?: unknown } | undefined {
  try {
    const content: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'))
    return typeof content === 'object' && content !== null ? content : undefined
  } catch {
    return undefined
  }
}

/**
 * Whether two audiences of one project may have somebody in common, or one has everybody of the other, by what they say and
 * without counting anybody. Pure.
 *
 * Two that are split on purpose have nobody in common: by platform, language or the value of an attribute, or as two lists of
 * members. A member with a device of each platform is rare, and gets one message on each.
 */
import type { Audience } from './campaign.ts'

/** Longer lists are not looked through: they may have anybody in them. */
const LONGEST_LIST = 10

/** Null: not known. False only if they certainly have nobody in common. */
export function mayOverlap(one: Audience | null, other: Audience | null): boolean {
  if (one === null || other === null || 'all' in one || 'all' in other) return true
  if ('externalIds' in one || 'externalIds' in other) {
    if (!('externalIds' in one && 'externalIds' in other)) return true
    if (Math.max(one.externalIds.length, other.externalIds.length) > LONGEST_LIST) return true
    return one.externalIds.some((id) => other.externalIds.includes(id))
  }
  const [a, b] = [one.filter, other.filter]
  return (
    !isSplit(a.platforms, b.platforms, (x, y) => x === y) &&
    !isSplit(a.locales, b.locales, isOneLanguage) &&
    !haveOtherValues(a.attributes ?? {}, b.attributes ?? {})
  )
}

function isSplit<T>(
  a: readonly T[] | undefined,
  b: readonly T[] | undefined,
  isCommon: (x: T, y: T) => boolean,
): boolean {
  return a !== undefined && b !== undefined && !a.some((x) => b.some((y) => isCommon(x, y)))
}

/** As audience-predicate.ts: `de` includes `de-AT`, but `de-AT` not `de-CH`. */
function isOneLanguage(x: string, y: string): boolean {
  return x === y || x.startsWith(`${y}-`) || y.startsWith(`${x}-`)
}

/** An attribute has one value. What is inside of lists and objects is not compared. */
function haveOtherValues(a: Record<string, unknown>, b: Record<string, unknown>): boolean {
  return Object.entries(a).some(
    ([name, value]) => Object.hasOwn(b, name) && isSimple(value) && isSimple(b[name]) && value !== b[name],
  )
}

function isSimple(value: unknown): boolean {
  return typeof value !== 'object' || value === null
}

/** True only if everybody of `inner` is certainly in `outer` too. Not asked of lists of members. Null: not known. */
export function includesAll(outer: Audience | null, inner: Audience | null): boolean {
  if (outer === null) return false
  if ('all' in outer) return true
  if (inner === null || 'all' in inner) return false
  if (!('filter' in outer && 'filter' in inner)) return false
  const [wide, narrow] = [outer.filter, inner.filter]
  return (
    isWithin(narrow.platforms, wide.platforms, (x, y) => x === y) &&
    isWithin(narrow.locales, wide.locales, (x, y) => x === y || x.startsWith(`${y}-`)) &&
    (wide.seenWithinDays ?? Number.POSITIVE_INFINITY) >=
      (narrow.seenWithinDays ?? Number.POSITIVE_INFINITY) &&
    hasValuesOf(narrow.attributes ?? {}, wide.attributes ?? {})
  )
}

/** Undefined: no condition. */
function isWithin<T>(
  narrow: readonly T[] | undefined,
  wide: readonly T[] | undefined,
  isIn: (x: T, y: T) => boolean,
): boolean {
  if (wide === undefined) return true
  return narrow?.every((x) => wide.some((y) => isIn(x, y))) ?? false
}

function hasValuesOf(narrow: Record<string, unknown>, wide: Record<string, unknown>): boolean {
  return Object.entries(wide).every(
    ([name, value]) => isSimple(value) && Object.hasOwn(narrow, name) && narrow[name] === value,
  )
}

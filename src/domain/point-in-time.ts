/**
 * Points in time as exports write them: `2026-09-01T00:00:00.000Z`, `2026-11-01 10:00:00+09`, `2026.11.01`, seconds or
 * milliseconds since 1970, `2026-01-31 오후 9:00`. A time without a zone is UTC. `11/01/2026` is refused: it is a day in January
 * or in November.
 */

const ISO =
  /^(\d{4})[-./](\d{1,2})[-./](\d{1,2})\.?(?:[T\s]+(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s*(Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?)?$/i
/** As Korean spreadsheets show it: `2026-01-31 오전 9:00`. */
const KOREAN_HALF = /(오전|오후)\s*(\d{1,2}):/
/** Before it, and a day after now, a value is something else, such as a spreadsheet's number of a day. */
const EARLIEST = Date.UTC(2000, 0, 1)
const DAY_MS = 86_400_000
const DAY = /^\s*\d{4}[-./]\d{1,2}[-./]\d{1,2}\.?\s*$/
/** Clocks differ, so what was said may seem to be said a little in the future. */
const CLOCKS_DIFFER_MS = 5 * 60_000

export function isStillToCome(time: number, now = Date.now()): boolean {
  return time > now + CLOCKS_DIFFER_MS
}

/** `2026-11-01` may be any moment of that day: the last one. Other values as `pointInTime`. */
export function latestPointInTime(value: unknown): string | undefined {
  const first = pointInTime(value)
  if (first === undefined || typeof value !== 'string' || !DAY.test(value)) return first
  return new Date(Date.parse(first) + DAY_MS - 1).toISOString()
}

/** In RFC 3339, UTC. Undefined: not a time, or one that cannot be. `now` in milliseconds. */
export function pointInTime(value: unknown, now = Date.now()): string | undefined {
  const ms =
    typeof value === 'number'
      ? ofNumber(value)
      : typeof value === 'string'
        ? ofText(value.trim())
        : Number.NaN
  return ms >= EARLIEST && ms <= now + DAY_MS ? new Date(ms).toISOString() : undefined
}

function ofText(given: string): number {
  const text = given.replace(KOREAN_HALF, (_, half: string, hour: string) => `${hourOf(half, Number(hour))}:`)
  if (/^\d{10}(?:\.\d+)?$|^\d{13}$/.test(text)) return ofNumber(Number(text))
  const found = ISO.exec(text)
  if (found === null) return Number.NaN
  const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = '0', zone = 'Z'] = found
  const numbers = [year, month, day, hour, minute, second].map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  const utc = Date.UTC(numbers[0], numbers[1] - 1, numbers[2], numbers[3], numbers[4], numbers[5])
  const made = new Date(utc)
  // Date.UTC makes the 3rd of March of the 31st of February.
  const isReal = made.getUTCMonth() === numbers[1] - 1 && made.getUTCDate() === numbers[2] && numbers[3] < 24
  return isReal ? utc + Math.floor(Number(`0.${fraction}`) * 1000) - offsetMs(zone) : Number.NaN
}

function hourOf(half: string, hour: number): string {
  return String((hour % 12) + (half === '오후' ? 12 : 0))
}

function offsetMs(zone: string): number {
  const found = /^([+-])(\d{2}):?(\d{2})?$/.exec(zone)
  if (found === null) return 0
  return (found[1] === '-' ? -1 : 1) * (Number(found[2]) * 60 + Number(found[3] ?? 0)) * 60_000
}

function ofNumber(number: number): number {
  return number < 1e11 ? number * 1000 : number
}

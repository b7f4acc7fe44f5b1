/**
 * Locales and time zones as members have them, in one spelling: what apps send differs (`de_AT`, `DE-at`), and a
 * filter compares text.
 */

/** Distinct values are few (hundreds), lines are millions. At the limit everything is forgotten and worked out again. */
const MAX_KEPT = 2_000
const LONGEST = 64
const locales = new Map<string, string | undefined>()
const timezones = new Map<string, string | undefined>()

/** `de_at` → `de-AT`; undefined when it is none. */
export function canonicalLocale(text: string): string | undefined {
  return remember(locales, text, () => Intl.getCanonicalLocales(text.replaceAll('_', '-'))[0])
}

/** `Europe/Berlin`; undefined when it is none. Offsets such as `+02:00` are refused: they do not know summer time. */
export function canonicalTimezone(text: string): string | undefined {
  return remember(timezones, text, () =>
    /^[A-Za-z]/.test(text) && new Intl.DateTimeFormat('en', { timeZone: text }) ? text : undefined,
  )
}

function remember(
  kept: Map<string, string | undefined>,
  text: string,
  find: () => string | undefined,
): string | undefined {
  // Before it is looked up: two thousand lines of 60 KB would be kept for ever.
  if (text.length > LONGEST) return undefined
  if (kept.has(text)) return kept.get(text)
  let found: string | undefined
  try {
    found = find()
  } catch {
    // Intl throws a RangeError at what it does not know.
  }
  if (kept.size >= MAX_KEPT) kept.clear()
  // A copy: cut out of a piece of a file, the text would keep the whole piece. Not with Buffer: the console runs this too.
  kept.set(structuredClone(text), found)
  return found
}

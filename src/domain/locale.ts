/**
 * Canonical spelling of locales and time zones: apps send different spellings (`de_AT`, `DE-at`), and filters compare
 * text.
 */

/** Imports have millions of lines and hundreds of distinct values. At the limit the cache is cleared. */
const MAX_KEPT = 2_000
const LONGEST = 64
const locales = new Map<string, string | undefined>()
const timezones = new Map<string, string | undefined>()

/** `de_at` → `de-AT`. Returns undefined if the text is not a locale. */
export function canonicalLocale(text: string): string | undefined {
  return remember(locales, text, () => Intl.getCanonicalLocales(text.replaceAll('_', '-'))[0])
}

/** `Europe/Berlin`. Returns undefined if the text is not a time zone. Offsets such as `+02:00` are refused: they have no daylight saving time. */
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
  // Before the look-up, so that the cache never holds long texts.
  if (text.length > LONGEST) return undefined
  if (kept.has(text)) return kept.get(text)
  let found: string | undefined
  try {
    found = find()
  } catch {
    // Intl throws a RangeError for unknown values.
  }
  if (kept.size >= MAX_KEPT) kept.clear()
  // A copy: a substring would keep the whole chunk of the file in memory. Without Buffer, because the console runs this too.
  kept.set(structuredClone(text), found)
  return found
}

/** "2026-03-29" becomes "2026-04-01" with 3: dates have no time zone. Throws RangeError if it is no date. Pure. */
export function addDays(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00Z`) + days * 86_400_000).toISOString().slice(0, 10)
}

/** The time zones that a browser knows. */

export function isZone(zone: string): boolean {
  try {
    return zone !== '' && new Intl.DateTimeFormat('en', { timeZone: zone }) !== null
  } catch {
    return false
  }
}

/** All zones, the user's own and UTC first. */
export function zonesFrom(own: string): string[] {
  return [...new Set([own, 'UTC', ...Intl.supportedValuesOf('timeZone')])]
}

export function ownZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone
}

/** A list to fill in, as a spreadsheet opens it. Its people and devices are invented, and are seen to be. */

export interface SampleTexts {
  columns: Record<'externalId' | 'address' | 'platform' | 'locale' | 'optedIn', string>
  people: readonly [string, string]
  language: string
  yes: string
  no: string
}

/** As long as FCM's are. */
const token = (n: number) => `exampleToken${n}:APA91b${'Example-Token_'.repeat(10)}`

export function sampleList({ columns, people, language, yes, no }: SampleTexts): string {
  const lines = [
    [columns.externalId, columns.address, columns.platform, columns.locale, columns.optedIn],
    [people[0], token(1), 'Android', language, yes],
    [people[1], token(2), 'iOS', language, no],
  ]
  // The byte order mark makes Excel read it as UTF-8.
  return `\ufeff${lines.map((cells) => `${cells.join(',')}\r\n`).join('')}`
}

/** The rejected lines as a CSV file. A spreadsheet must not execute the content of a cell. */
export interface RejectedLine {
  line: number
  code: string
  reason: string
}

export function rejectedCsv(lines: readonly RejectedLine[]): string {
  // The byte order mark makes Excel read it as UTF-8.
  return `\ufeffline,code,reason\r\n${lines
    .map(({ line, code, reason }) => `${line},${code},${fieldOf(reason)}\r\n`)
    .join('')}`
}

/** The characters are those of OWASP ASVS 1.2.10, and CR, as in src/api/deliveries/deliveries-csv.ts. */
function fieldOf(text: string): string {
  const safe = /^[=+\-@\t\r\0]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

/**
 * What FCM said of a message, for people: its sentence, the fields it names, what Apple answered. Nothing is decided by it.
 * It is short, storable in PostgreSQL, and without addresses: FCM quotes the one it refuses, and a person who may read why a
 * campaign failed may not thereby send to its devices. Pure.
 */

/** Of what is kept. FCM's sentences have less than a third of it. */
const LONGEST = 500
/** Of what is looked at: a proxy may answer with a page. */
const LONGEST_READ = 4_000
const MOST_FIELDS = 5
const HIDDEN = '[address]'

interface Said {
  httpStatus: number
  message: string
  /** The body, if FCM did not write it. */
  body: string
  violations: readonly { field: string; description: string }[]
  apns: { reason: string; statusCode: string } | undefined
}

export function saidByFcm({ httpStatus, message, body, violations, apns }: Said): string {
  const sentence = message.trim() === '' ? `HTTP ${httpStatus}${body.trim() && `: ${body}`}` : message
  const fields = violations
    .slice(0, MOST_FIELDS)
    // Mostly the sentence has it already.
    .map((violation) =>
      [violation.field, violation.description].filter((part) => !message.includes(part)).join(': '),
    )
  const fromApple =
    apns === undefined ? [] : [`APNs: ${[apns.reason, apns.statusCode].filter(Boolean).join(', ')}`]
  return clean([sentence, ...fields.filter(Boolean), ...fromApple].join(' · '))
}

/** One line, without control characters and addresses. */
function clean(text: string): string {
  const read = text.slice(0, LONGEST_READ)
  const line = read
    .toWellFormed()
    .replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim()
    .replaceAll(LIKE_AN_ADDRESS, (run) => (isAddress(run) ? HIDDEN : run))
  if (line.length <= LONGEST && read.length === text.length) return line
  // Not in the middle of a word: half an address does not look like one.
  return `${line.slice(0, LONGEST).replace(/\S*$/, '').trimEnd().toWellFormed()} …`
}

/** Registration tokens (with their colon, or what an address bar makes of it), installation ids, APNs tokens. */
const LIKE_AN_ADDRESS = /[\w-]{20,}(?:(?::|%3A)[\w-]+)*/gi

/** Names of fields and quotas are long words too, but of letters alone. */
function isAddress(run: string): boolean {
  if (run.length >= 40) return true
  return /\d/.test(run) && /[a-z]/.test(run) && /[A-Z]/.test(run)
}

/** Takes out the address of the device that the answer is about, whatever it looks like. */
export function withoutAddress(said: string, address: string): string {
  const parts = [address, encodeURIComponent(address), ...address.split(':')].filter(
    (part) => part.length >= 8,
  )
  return parts.reduce((text, part) => text.replaceAll(part, HIDDEN), said)
}

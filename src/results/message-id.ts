/**
 * FCM's id of a message as it is stored: as text it would be a third of a delivery's row. Two forms that FCM gives are
 * packed; neither is promised, so anything else is kept as it is, and nothing is lost whatever comes:
 *
 *   ff  7 bytes  8 bytes    0:<16 digits>%<16 hexadecimal>   16 bytes instead of 35
 *   fe  16 bytes            a UUID in small letters          17 bytes instead of 36
 *   …                       the text in UTF-8, in which neither ff nor fe is ever a byte
 */
const NUMBERED = /^0:(\d{16})%([0-9a-f]{16})$/
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** Hexadecimal: an array of strings is quicker to send than one of buffers, which the driver would make of it anyway. */
export function packMessageId(id: string): string {
  const numbered = NUMBERED.exec(id)
  if (numbered !== null) {
    const [, digits, suffix] = numbered
    const number = Number(digits)
    if (Number.isSafeInteger(number)) return `ff${number.toString(16).padStart(14, '0')}${suffix}`
  }
  if (UUID.test(id)) return `fe${id.replaceAll('-', '')}`
  return Buffer.from(id).toString('hex')
}

export function unpackMessageId(packed: Buffer): string {
  const form = packed[0]
  if (form === 0xff) {
    const digits = String(Number.parseInt(packed.toString('hex', 1, 8), 16)).padStart(16, '0')
    return `0:${digits}%${packed.toString('hex', 8)}`
  }
  if (form === 0xfe) {
    return packed.toString('hex', 1).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
  }
  return packed.toString()
}

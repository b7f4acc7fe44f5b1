/**
 * FCM's message id as it is stored. As text it would be a third of a delivery's row, so the two forms that FCM uses are
 * packed. FCM guarantees neither form; any other id is stored unchanged, so packing is lossless:
 *
 *   ff  7 bytes  8 bytes    0:<16 digits>%<16 hexadecimal>   16 bytes instead of 35
 *   fe  16 bytes            a UUID in lower case             17 bytes instead of 36
 *   …                       the text in UTF-8, which never contains the bytes ff and fe
 */
const NUMBERED = /^0:(\d{16})%([0-9a-f]{16})$/
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** Returns hexadecimal text: the driver would convert an array of buffers to it anyway, and more slowly. */
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

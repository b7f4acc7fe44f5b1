/** What of a file is uploaded to be checked: all of it, unless that would take as long as the import. */

const MAX_CHECKED_BYTES = 256 * 1024 * 1024
/** In which the last line of a part is looked for; no line is longer. */
const TAIL_BYTES = 131_072

export interface PartToCheck {
  blob: Blob
  isWhole: boolean
}

export async function partToCheck(file: File, maxBytes = MAX_CHECKED_BYTES): Promise<PartToCheck> {
  const [first, second] = new Uint8Array(await file.slice(0, 2).arrayBuffer())
  // A part of a compressed file is a damaged one.
  const isGzip = first === 0x1f && second === 0x8b
  if (file.size <= maxBytes || isGzip) return { blob: file, isWhole: true }
  const from = Math.max(0, maxBytes - TAIL_BYTES)
  const tail = new Uint8Array(await file.slice(from, maxBytes).arrayBuffer())
  const newline = tail.lastIndexOf(0x0a)
  if (newline === -1) return { blob: file, isWhole: true }
  // In UTF-16 a newline has a second byte, behind or in front.
  const end = from + newline + (tail[newline + 1] === 0 ? 2 : 1)
  return { blob: file.slice(0, end), isWhole: false }
}

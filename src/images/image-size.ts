/**
 * What kind of image a file is, and its size, by its own header: what a name or a Content-Type says is not asked. Only the
 * kinds that phones show in a notification. A reader of a few lines, because those that know thirty formats have looped for
 * ever on broken files; this one reads forwards only, within the buffer.
 */

const IMAGE_KINDS = ['png', 'jpg', 'gif', 'webp'] as const
type ImageKind = (typeof IMAGE_KINDS)[number]

export interface ImageSize {
  kind: ImageKind
  width: number
  height: number
}

/** Null: it is none of the kinds, or its header is broken. A size of zero counts as broken. */
export function readImageSize(bytes: Buffer): ImageSize | null {
  for (const kind of IMAGE_KINDS) {
    const size = READERS[kind](bytes)
    if (size === null) continue
    const [width, height] = size
    return width > 0 && height > 0 ? { kind, width, height } : null
  }
  return null
}

type Reader = (bytes: Buffer) => [width: number, height: number] | null

const READERS: Record<ImageKind, Reader> = { png: readPng, jpg: readJpeg, gif: readGif, webp: readWebp }

const isAt = (bytes: Buffer, at: number, text: string) =>
  bytes.length >= at + text.length && bytes.toString('latin1', at, at + text.length) === text

/** Signature, then a chunk IHDR of 13 bytes. */
function readPng(bytes: Buffer): [number, number] | null {
  if (!isAt(bytes, 0, '\x89PNG\r\n\x1a\n\0\0\0\rIHDR') || bytes.length < 33) return null
  return [bytes.readUInt32BE(16), bytes.readUInt32BE(20)]
}

function readGif(bytes: Buffer): [number, number] | null {
  if (!(isAt(bytes, 0, 'GIF87a') || isAt(bytes, 0, 'GIF89a')) || bytes.length < 13) return null
  return [bytes.readUInt16LE(6), bytes.readUInt16LE(8)]
}

/** Segments: 0xff (repeated as filling), a marker, a length that includes itself. The frame header is one of them. */
function readJpeg(bytes: Buffer): [number, number] | null {
  if (!isAt(bytes, 0, '\xff\xd8\xff')) return null
  for (let at = 2; at + 9 <= bytes.length; ) {
    if (bytes[at] !== 0xff) return null
    const marker = bytes[at + 1] as number
    if (marker === 0xff) {
      at += 1
      continue
    }
    if (FRAMES.has(marker)) return [bytes.readUInt16BE(at + 7), bytes.readUInt16BE(at + 5)]
    // The picture begins, or ends, and its size was not said.
    if (marker === 0xda || marker === 0xd9) return null
    const length = bytes.readUInt16BE(at + 2)
    if (length < 2) return null
    at += 2 + length
  }
  return null
}

/** 0xc0 to 0xcf without the tables among them: DHT, JPG, DAC. */
const FRAMES = new Set([0xc0, 0xc1, 0xc2, 0xc3, 0xc5, 0xc6, 0xc7, 0xc9, 0xca, 0xcb, 0xcd, 0xce, 0xcf])

/** RIFF with one of three first chunks: lossy, lossless, or extended, which names the size of its canvas. */
function readWebp(bytes: Buffer): [number, number] | null {
  if (!isAt(bytes, 0, 'RIFF') || !isAt(bytes, 8, 'WEBP') || bytes.length < 30) return null
  if (bytes.readUInt32LE(4) + 8 > bytes.length) return null
  if (isAt(bytes, 12, 'VP8 ') && isAt(bytes, 23, '\x9d\x01\x2a')) {
    return [bytes.readUInt16LE(26) & 0x3fff, bytes.readUInt16LE(28) & 0x3fff]
  }
  if (isAt(bytes, 12, 'VP8L')) {
    if (bytes[20] !== 0x2f) return null
    const bits = bytes.readUInt32LE(21)
    return [(bits & 0x3fff) + 1, ((bits >>> 14) & 0x3fff) + 1]
  }
  if (isAt(bytes, 12, 'VP8X')) return [bytes.readUIntLE(24, 3) + 1, bytes.readUIntLE(27, 3) + 1]
  return null
}

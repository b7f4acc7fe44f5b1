/**
 * Unpacks a list that is compressed with gzip, told by its first bytes whatever the sender calls it. A small file may
 * unpack to any length (1,000 to 1), so both the length and the ratio are limited.
 */
import { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { AppError } from '../../domain/errors.ts'

export interface UnpackLimits {
  /** Of the unpacked file. */
  maxBytes: number
  /** A longer one than `ratioFrom` may be at most this many times as long as what arrived. */
  maxRatio: number
  ratioFrom: number
}

/** Lists of devices shrink to a fourth, because tokens are random; the most regular ones to a thirtieth. */
export const MAX_RATIO = 200
export const RATIO_FROM_BYTES = 524_288

/** Formats that are no list, by their first bytes. */
const OTHER_FILES: readonly [bytes: number[], name: string][] = [
  [[0x50, 0x4b, 0x03, 0x04], 'a ZIP archive or an Excel workbook (.xlsx)'],
  [[0xd0, 0xcf, 0x11, 0xe0], 'an Excel workbook (.xls)'],
  [[0x25, 0x50, 0x44, 0x46], 'a PDF'],
  // What is left after unpacking it once.
  [[0x1f, 0x8b], 'compressed with gzip twice'],
  [[0x42, 0x5a, 0x68], 'compressed with bzip2'],
  [[0xff, 0xfe, 0, 0], 'in UTF-32'],
  [[0, 0, 0xfe, 0xff], 'in UTF-32'],
  [[0x28, 0xb5, 0x2f, 0xfd], 'compressed with zstd'],
  [[0xfd, 0x37, 0x7a, 0x58], 'compressed with xz'],
  [[0x50, 0x41, 0x52, 0x31], 'a Parquet file'],
]

/** Shops and admin tools save a table of HTML, or XML, under the name .xls. */
const MARKUP =
  /^(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?\s*<(?:!doctype|!--|\?xml|html|head|meta|style|table|body)\b/i
const MARKUP_LOOKED_AT = 512

export function isGzip(head: Buffer): boolean {
  return head[0] === 0x1f && head[1] === 0x8b
}

/** Throws if the bytes begin a file of another kind than text or gzip. */
export function refuseOtherFiles(head: Buffer): void {
  const name =
    OTHER_FILES.find(([bytes]) => bytes.every((byte, index) => head[index] === byte))?.[1] ??
    (isMarkup(head) ? 'a web page or XML, which spreadsheets also open when it is called .xls' : undefined)
  if (name === undefined) return
  throw new AppError(
    'unsupported_media_type',
    `The file is ${name}. Save it as CSV (UTF-8) and send that, as it is or compressed with gzip.`,
  )
}

/** Whatever its encoding: of UTF-16 every second byte is left out. */
function isMarkup(head: Buffer): boolean {
  return MARKUP.test(head.subarray(0, MARKUP_LOOKED_AT).toString('latin1').replaceAll('\0', ''))
}

export async function* unpack(source: AsyncIterable<Buffer>, limits: UnpackLimits): AsyncGenerator<Buffer> {
  let unpacked = 0
  const pieces = Readable.from(source, { objectMode: false, highWaterMark: 65_536 })
  const gunzip = createGunzip()
  pieces.once('error', (error) => gunzip.destroy(error))
  pieces.pipe(gunzip)
  try {
    for await (const piece of gunzip) {
      unpacked += piece.length
      // What has been unpacked, not what has arrived: a bomb may arrive at once.
      checkSize(gunzip.bytesWritten, unpacked, limits)
      yield piece
    }
  } catch (error) {
    throw isDamage(error) ? damaged(unpacked, error) : error
  } finally {
    gunzip.destroy()
    pieces.destroy()
  }
}

function checkSize(packed: number, unpacked: number, { maxBytes, maxRatio, ratioFrom }: UnpackLimits): void {
  if (unpacked > ratioFrom && unpacked > packed * maxRatio) {
    throw new AppError(
      'decompression_bomb',
      `The first ${packed} bytes of the file unpack to ${unpacked}: more than ${maxRatio} times as many, which no list of devices does. Send it uncompressed if it is one.`,
    )
  }
  if (unpacked > maxBytes) {
    throw new AppError(
      'body_too_large',
      `The file unpacks to more than ${maxBytes} bytes (IMPORT_LIMIT_BYTES). Send the file in parts.`,
    )
  }
}

/** zlib's own errors; those of the connection have other codes. */
function isDamage(error: unknown): boolean {
  return String((error as { code?: unknown }).code).startsWith('Z_')
}

function damaged(unpacked: number, cause: unknown): AppError {
  return new AppError(
    'invalid_gzip',
    `The compressed file is damaged or ends too early, behind ${unpacked} unpacked bytes: ${(cause as Error).message}. Compress it again and send it again; lines that are already stored are counted as updated.`,
    { cause },
  )
}

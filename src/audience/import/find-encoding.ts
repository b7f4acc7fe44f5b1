/**
 * Decides the encoding of a list once, from its first megabyte: by a byte order mark, by what the sender stated, by its
 * being UTF-8, by the zero bytes of UTF-16, or by a guess that must be clear. A file that leaves it open is refused as a
 * whole: a wrong guess would store people under names that nobody has.
 */
import { isUtf8 } from 'node:buffer'
import { Worker } from 'node:worker_threads'
import { AppError } from '../../domain/errors.ts'
import type { Encoding } from './encoding.ts'
import type { Guess } from './guess-encoding.ts'

export interface FoundEncoding {
  encoding: Encoding
  by: 'mark' | 'stated' | 'content'
  /** Bytes of the byte order mark. */
  markBytes: number
}

const MARKS: readonly [bytes: number[], encoding: Encoding][] = [
  [[0xef, 0xbb, 0xbf], 'utf-8'],
  [[0xff, 0xfe], 'utf-16le'],
  [[0xfe, 0xff], 'utf-16be'],
]

/** `isWhole`: the file has no more bytes than these. */
export async function findEncoding(
  head: Buffer,
  isWhole: boolean,
  stated?: Encoding,
): Promise<FoundEncoding> {
  const mark = MARKS.find(([bytes]) => bytes.every((byte, index) => head[index] === byte))
  if (mark !== undefined) {
    const [bytes, encoding] = mark
    const isSame =
      stated === undefined || stated === encoding || (stated === 'utf-16le' && encoding === 'utf-16be')
    if (!isSame)
      throw unclear(
        `The charset that was stated is ${stated}, but the file begins with the mark of ${encoding}.`,
      )
    return { encoding, by: 'mark', markBytes: bytes.length }
  }
  if (stated !== undefined) return { encoding: stated, by: 'stated', markBytes: 0 }
  if (head.includes(0)) {
    const encoding = utf16Of(head)
    if (encoding === undefined) throw notText()
    return { encoding, by: 'content', markBytes: 0 }
  }
  if (isUtf8(isWhole ? head : withoutCutCharacter(head)))
    return { encoding: 'utf-8', by: 'content', markBytes: 0 }
  const broken = brokenLineOfUtf8(head)
  if (broken !== undefined) {
    throw unclear(
      `The file is UTF-8, except for line ${broken}, which is not: it was cut within a character, or comes from another file.`,
    )
  }
  const { encoding, candidates } = await guess(head)
  if (encoding !== null) return { encoding, by: 'content', markBytes: 0 }
  const names = candidates.slice(0, 5).join(', ')
  throw unclear(
    candidates.length === 0
      ? 'The file is neither UTF-8 nor any other encoding that is known here.'
      : `The encoding of the file cannot be told: it may be ${names}.`,
    candidates,
  )
}

/** Text has more ASCII than anything else, if only separators: one byte of each two is zero. */
function utf16Of(head: Buffer): Encoding | undefined {
  const zeros = [0, 0]
  for (let at = 0; at < head.length; at += 1) if (head[at] === 0) zeros[at % 2] = (zeros[at % 2] ?? 0) + 1
  const [even = 0, odd = 0] = zeros
  const enough = head.length * 0.1
  if (odd > enough && even * 20 < odd) return 'utf-16le'
  if (even > enough && odd * 20 < even) return 'utf-16be'
  return undefined
}

/** The end of the first megabyte may be in the middle of a character. */
function withoutCutCharacter(head: Buffer): Buffer {
  for (let back = 1; back <= Math.min(3, head.length); back += 1) {
    const byte = head[head.length - back] ?? 0
    if (byte < 0x80) break
    if (byte >= 0xc0) return head.subarray(0, head.length - back)
  }
  return head
}

/**
 * The line at which UTF-8 ends, where all the others beyond ASCII are UTF-8 and enough of them: then the file is not of
 * another encoding, but damaged.
 */
function brokenLineOfUtf8(head: Buffer): number | undefined {
  let good = 0
  let broken = 0
  let first: number | undefined
  let number = 0
  for (let at = 0; at < head.length; ) {
    const end = head.indexOf(0x0a, at)
    const line = head.subarray(at, end === -1 ? head.length : end)
    number += 1
    if (line.some((byte) => byte >= 0x80)) {
      if (isUtf8(line)) good += 1
      else {
        broken += 1
        first ??= number
      }
    }
    if (end === -1) break
    at = end + 1
  }
  return good > broken ? first : undefined
}

async function guess(head: Buffer): Promise<Guess> {
  const worker = new Worker(new URL('./guess-encoding.ts', import.meta.url), {
    workerData: { isEncodingGuess: true, head },
    // Not those of this process, which may be of a test runner.
    execArgv: [],
  })
  try {
    return await new Promise<Guess>((resolve, reject) => {
      worker.once('message', resolve)
      worker.once('error', reject)
    })
  } finally {
    await worker.terminate()
  }
}

function notText(): AppError {
  return new AppError(
    'unsupported_media_type',
    'The file is not text. Send CSV or NDJSON, as it is or compressed with gzip.',
  )
}

function unclear(problem: string, candidates: readonly Encoding[] = []): AppError {
  const fields = candidates.map((encoding) => ({ field: 'charset', problem: encoding }))
  return new AppError(
    'encoding_unclear',
    `${problem} Save the file as UTF-8, or state its encoding: Content-Type "text/csv; charset=euc-kr".`,
    { fields },
  )
}

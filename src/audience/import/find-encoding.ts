/**
 * Decides the encoding of a list once, from its first megabyte: by a byte order mark, by what the sender stated, by its
 * being UTF-8, by the zero bytes of UTF-16, or by a guess that must be clear. A file that leaves it open is refused as a
 * whole: a wrong guess would store people under names that nobody has.
 */
import { isAscii, isUtf8 } from 'node:buffer'
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
  if (stated !== undefined) return { encoding: await checkStated(head, stated), by: 'stated', markBytes: 0 }
  if (head.includes(0)) {
    const encoding = utf16Of(head)
    if (encoding === undefined) throw notText()
    return { encoding, by: 'content', markBytes: 0 }
  }
  if (isUtf8(isWhole ? head : withoutCutCharacter(head)))
    return { encoding: 'utf-8', by: 'content', markBytes: 0 }
  if (isWhole && isCut(head)) {
    throw new AppError(
      'encoding_unclear',
      'The file is UTF-8 and ends within a character: it was cut. Send the whole file.',
    )
  }
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

/** UTF-8 whose last character is not whole. One byte of another encoding at the end of ASCII is that byte. */
function isCut(head: Buffer): boolean {
  const rest = withoutCutCharacter(head)
  return rest.length < head.length && isUtf8(rest) && rest.some((byte) => byte >= 0x80)
}

/** Returns the encoding. A list that can hardly be in the one that was stated is refused: it would be stored as nonsense. */
async function checkStated(head: Buffer, stated: Encoding): Promise<Encoding> {
  const isWide = stated.startsWith('utf-16')
  const found = head.includes(0) ? utf16Of(head) : undefined
  if (isWide && found === stated) return found
  // "utf-16" does not say which byte comes first.
  if (stated === 'utf-16le' && found === 'utf-16be') return found
  const isEmpty = head.length === 0
  if ((isWide || found !== undefined) && !isEmpty) throw notAsStated(stated, found)
  // UTF-8 is proved or disproved by each line; the others can be read as nearly anything.
  if (isWide || stated === 'utf-8' || isAscii(head)) return stated
  const { encoding } = await guess(head, stated)
  if (encoding !== null) throw notAsStated(stated, encoding)
  return stated
}

function notAsStated(stated: Encoding, found: Encoding | undefined): AppError {
  const what = found === undefined ? 'something else' : found
  return unclear(
    `The charset that was stated is ${stated}, but the file looks like ${what}.`,
    found === undefined ? [] : [found],
  )
}

async function guess(head: Buffer, stated?: Encoding): Promise<Guess> {
  const worker = new Worker(new URL('./guess-encoding.ts', import.meta.url), {
    workerData: { isEncodingGuess: true, head, stated },
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

/**
 * Guesses the encoding of bytes that are not UTF-8. Runs as a thread of its own (see find-encoding.ts): the tables of the
 * library take 60 MB and a tenth of a second to unpack, which would stop the API and stay.
 *
 * A guess is made of three parts: which encodings can read the bytes at all, whether what they make of them looks like
 * text, and how frequent such characters are in the languages that are written in it (jschardet).
 */
import { parentPort, workerData } from 'node:worker_threads'
import { detectAll } from 'jschardet'
import { decode, type Encoding, isText } from './encoding.ts'

export interface Guess {
  /** null: more than one would do. */
  encoding: Encoding | null
  /** Those that can read it, the likeliest first. */
  candidates: Encoding[]
}

/** Names in jschardet. */
const CANDIDATES: Record<string, Encoding> = {
  CP949: 'euc-kr',
  CP932: 'shift_jis',
  GB18030: 'gb18030',
  BIG5: 'big5',
  'EUC-JP': 'euc-jp',
  'WINDOWS-1250': 'windows-1250',
  'WINDOWS-1251': 'windows-1251',
  'WINDOWS-1252': 'windows-1252',
  'WINDOWS-1253': 'windows-1253',
  'WINDOWS-1254': 'windows-1254',
  'WINDOWS-1255': 'windows-1255',
  'WINDOWS-1256': 'windows-1256',
  'WINDOWS-1257': 'windows-1257',
  CP874: 'windows-874',
}
/** Enough to be sure, little enough to take some hundredths of a second. */
const SAMPLE_BYTES = 32_768
/** A second reading that is at least this likely, compared with the first, leaves it open. Measured with single words. */
const OPEN_FROM = 0.5
/** What jschardet answers for nearly nothing. */
const TOO_LITTLE = 0.002
/** What jschardet answers when no encoding fits and it falls back to Windows-1252. */
const FALLBACK = 0.1

/** Of the likeliest reading: what was stated is not what the file has. The true one has at least a fifth. Measured. */
const HARDLY = 0.1
/** Beyond ASCII: a name in one of the encodings with two bytes. */
const ENOUGH_BYTES = 6

/**
 * Nothing but the syllables that Korean is written with: in another encoding, a few of them are characters too, but of a
 * longer text some are beyond. A list of three Korean names would stay open without it.
 */
const HANGUL_ONLY = /^(?:[\0-\x7f]|[\xb0-\xc8][\xa1-\xfe])*$/
const HANGUL_WEIGHT = 4

/** Symbols within words, such as `±èÃ¶¼ö`, are bytes of another encoding. Quotation marks and dashes are not. */
const SYMBOL_IN_WORD =
  /\p{L}[^\p{L}\p{M}\0-\x7f’‘´·–—“”…«»„‚ªº°®™€№]|[^\p{L}\p{M}\0-\x7f’‘´`·–—“”…«»„‚ªº°®™€§№¿¡]\p{L}/u
const UNASSIGNED = /\p{Cn}/u

interface Judged {
  readings: ReadonlyMap<Encoding, string>
  /** The likeliest first. */
  found: readonly { encoding: Encoding; confidence: number }[]
}

function judge(sample: Buffer): Judged {
  const readings = new Map<Encoding, string>()
  for (const encoding of Object.values(CANDIDATES)) {
    const text = decode(sample, encoding)
    const isOneByte = encoding.startsWith('windows')
    if (isText(text) && !UNASSIGNED.test(text) && !(isOneByte && SYMBOL_IN_WORD.test(text)))
      readings.set(encoding, text)
  }
  if (readings.size === 0) return { readings, found: [] }
  const names = Object.keys(CANDIDATES).filter((name) => readings.has(CANDIDATES[name] as Encoding))
  const found = detectAll(sample, { detectEncodings: [...names, 'WINDOWS-1252'], minimumThreshold: 0 })
    .map(({ encoding, confidence }) =>
      weighed(CANDIDATES[(encoding ?? '').toUpperCase()] as Encoding, confidence, sample),
    )
    .filter(({ encoding }) => readings.has(encoding))
    .sort((a, b) => b.confidence - a.confidence)
  return { readings, found }
}

/** Nothing to go by: nearly no text, or what is answered where no encoding fits. */
function isSilent(found: Judged['found']): boolean {
  const [first] = found
  if (first === undefined || first.confidence < TOO_LITTLE) return true
  return first.confidence === FALLBACK && found.length === 1
}

export function guessEncoding(head: Buffer): Guess {
  const { readings, found } = judge(fieldsBeyondAscii(head))
  if (readings.size === 0) return { encoding: null, candidates: [] }
  const likely = found.map(({ encoding }) => encoding)
  const candidates = [...likely, ...[...readings.keys()].filter((encoding) => !likely.includes(encoding))]
  // Encodings that read the same text are no doubt: "Müller" is the same in five of them.
  const texts = new Set(readings.values())
  if (texts.size === 1) return { encoding: preferred(candidates, readings), candidates }
  const [first] = found
  if (first === undefined || isSilent(found)) return { encoding: null, candidates }
  const other = found.find(({ encoding }) => readings.get(encoding) !== readings.get(first.encoding))
  if (other !== undefined && other.confidence >= OPEN_FROM * first.confidence)
    return { encoding: null, candidates }
  return { encoding: preferred(candidates, readings), candidates }
}

/**
 * What the bytes are, where they are hardly in the encoding that was stated: Japanese stated as Korean can be read, and is
 * nonsense. The statement decides between all that are at all likely.
 */
export function contradiction(head: Buffer, stated: Encoding): Guess {
  const sample = fieldsBeyondAscii(head)
  const { readings, found } = judge(sample)
  const [first] = found
  const none: Guess = { encoding: null, candidates: [] }
  if (first === undefined || isSilent(found) || bytesBeyondAscii(sample) < ENOUGH_BYTES) return none
  if (readings.get(first.encoding) === decode(sample, stated)) return none
  const own = found.find(({ encoding }) => encoding === stated)?.confidence ?? 0
  return own < HARDLY * first.confidence ? { encoding: first.encoding, candidates: [] } : none
}

function bytesBeyondAscii(sample: Buffer): number {
  return sample.reduce((bytes, byte) => bytes + (byte < 0x80 ? 0 : 1), 0)
}

function weighed(encoding: Encoding, confidence: number, sample: Buffer) {
  const isHangul = encoding === 'euc-kr' && HANGUL_ONLY.test(sample.toString('latin1'))
  return { encoding, confidence: isHangul ? confidence * HANGUL_WEIGHT : confidence }
}

/** Of those that read the same text as the likeliest, the one that most files have. */
function preferred(candidates: readonly Encoding[], readings: ReadonlyMap<Encoding, string>): Encoding {
  const [first = 'windows-1252'] = candidates
  const text = readings.get(first)
  return readings.get('windows-1252') === text ? 'windows-1252' : first
}

/** Column names, addresses and numbers say nothing about the language, and hide the little that does. */
function fieldsBeyondAscii(head: Buffer): Buffer {
  const fields = new Set<string>()
  let bytes = 0
  for (const [field] of head.toString('latin1').matchAll(/[^,;\t"\n\r{}:]*[\x80-\xff][^,;\t"\n\r]*/g)) {
    if (fields.has(field)) continue
    fields.add(field)
    bytes += field.length
    if (bytes > SAMPLE_BYTES) break
  }
  return Buffer.from(`${[...fields].join('\n')}\n`, 'latin1')
}

if (parentPort !== null && workerData?.isEncodingGuess === true) {
  const { head, stated } = workerData as { head: Uint8Array; stated?: Encoding }
  const bytes = Buffer.from(head)
  parentPort.postMessage(stated === undefined ? guessEncoding(bytes) : contradiction(bytes, stated))
}

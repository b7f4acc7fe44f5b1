/** How a fake FCM behaves. All of it is plain data, so that it can be given to a fake in another process. */
import { ANSWERS, type AnswerName } from './answers.ts'

export interface FakeFcmOptions {
  /** Default 0: any free port. */
  port?: number
  /** Default 127.0.0.1. With another address the origin is that of `localhost`, for which the certificate is. */
  host?: string
  /** Requests for another project are answered 404 without FcmError. Default: every project exists. */
  project?: string | null
  /** Bearer tokens that are accepted. Default: any. */
  bearers?: readonly string[] | null
  /** Makes random choices (latency, errors) repeatable. Default 1. */
  seed?: number
  /** Milliseconds from the whole request to its answer, evenly spread between the two. Default 0 to 0. */
  latencyMs?: readonly [min: number, max: number]
  /** Share of tokens that are UNREGISTERED, by their text. Default 0. */
  deadShare?: number
  /** Answers given at random, each with its share of the requests: `{ unavailable: 0.002 }`. */
  errorShares?: Partial<Record<AnswerName, number>>
  /** Retry-After of those random errors, in seconds. Default: none. */
  errorRetryAfter?: number | null
  /** SETTINGS_MAX_CONCURRENT_STREAMS. Default 100, as FCM. */
  maxStreams?: number
  /** Messages a window, 4xx answers other than 429 included; above it 429 without FcmError. Default: no limit. */
  quotaPerMinute?: number | null
  /** The window of the quota, from its first message on. Default 60,000. */
  quotaWindowMs?: number
  /** How many accepted messages to keep whole, for tests that look into them. Default 1000. */
  keepMessages?: number
}

export type ResolvedOptions = Required<FakeFcmOptions>

const DEFAULTS: ResolvedOptions = {
  port: 0,
  host: '127.0.0.1',
  project: null,
  bearers: null,
  seed: 1,
  latencyMs: [0, 0],
  deadShare: 0,
  errorShares: {},
  errorRetryAfter: null,
  maxStreams: 100,
  quotaPerMinute: null,
  quotaWindowMs: 60_000,
  keepMessages: 1000,
}

export function resolveOptions(options: FakeFcmOptions, base: ResolvedOptions = DEFAULTS): ResolvedOptions {
  return { ...base, ...options }
}

/** `429:0.001,503:0.002`, or with the names of answers.ts: `quota_device:0.001,unavailable:0.002`. */
export function parseErrorShares(text: string): Partial<Record<AnswerName, number>> {
  const BY_STATUS: Record<string, AnswerName> = {
    '400': 'bad_token',
    '401': 'unauthenticated',
    '403': 'sender_id_mismatch',
    '404': 'unregistered',
    // A random 429 is that of a single device. The project's comes from `quotaPerMinute`, and stops the whole project.
    '429': 'quota_device',
    '500': 'internal',
    '502': 'bad_gateway',
    '503': 'unavailable',
    '504': 'gateway_timeout',
  }
  const shares: Partial<Record<AnswerName, number>> = {}
  for (const part of text.split(',').filter((part) => part !== '')) {
    const [name = '', share = ''] = part.split(':')
    const value = Number(share)
    if (share === '' || !(value >= 0 && value <= 1)) {
      throw new Error(`error share "${part}" is not understood; expected something like 503:0.002`)
    }
    const answer = BY_STATUS[name] ?? name
    if (!Object.hasOwn(ANSWERS, answer)) {
      const known = [...Object.keys(BY_STATUS), ...Object.keys(ANSWERS)].join(', ')
      throw new Error(`error share "${part}" names no answer of FCM; expected one of ${known}`)
    }
    shares[answer as AnswerName] = value
  }
  return shares
}

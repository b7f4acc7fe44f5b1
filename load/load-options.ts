/** The load harness's command line. */
import { accessSync, constants } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { AnswerName } from '../testing/fake-fcm/answers.ts'
import { parseErrorShares } from '../testing/fake-fcm/options.ts'
import { parseOptions, share, UsageError, wholeNumber } from '../testing/terminal/command.ts'
import { parseTarget, type Target } from './target-options.ts'

export interface LoadOptions {
  /** One campaign each, in this order, in fresh processes and a fresh database. */
  devices: number[]
  dispatchers: number
  redis: boolean
  json: boolean
  help: boolean
  latencyMs: [min: number, max: number]
  dead: number
  errors: Partial<Record<AnswerName, number>>
  /** The fake's quota and Carillon's rate limit at once, as with the real one. */
  quotaPerMinute: number | null
  seed: number
  /** Where to write the page; null: nowhere. */
  report: string | null
  timeoutSeconds: number
  /** An installation to drive instead of starting one. */
  target: Target | null
}

export const LOAD_HELP = `Usage: npm run load -- [options]

Sends campaigns against a fake FCM, checks every result from both sides, and prints
what it took. Each size runs in fresh processes and a fresh database.

  --devices N,M,…           audience sizes (default 100000)
  --dispatchers N           dispatcher processes (default 1)
  --redis                   queue on Redis: REDIS_URL, or a redis-server from the PATH
                            (default: on PostgreSQL)
  --fcm-latency-ms MIN:MAX  how long FCM takes to answer (default 20:60)
  --dead SHARE              share of tokens that FCM calls unregistered (default 0.03)
  --errors STATUS:SHARE,…   answers at random, such as 429:0.001,503:0.002 (default none);
                            429 is the quota of a single device
  --quota-per-minute N      FCM's quota, which Carillon keeps to (default unlimited; the
                            real one is 600000 by default)
  --seed N                  of all random choices (default 1)
  --report FILE.html        also writes a page with plots, which needs nothing but itself
  --timeout-seconds N       give up after so long, all sizes together (default 3600)
  --json                    one JSON object on stdout, everything else on stderr
  --help                    this text

DISPATCH_CONCURRENCY, RECORD_CHUNK and the other variables of .env.example that say how,
not where to, are passed on.

An installation that runs already, through its public API only:

  --target https://HOST     imports --devices N generated devices there, sends them one
                            campaign through its FCM, and prints what can be seen from
                            outside. The devices stay
  --key KEY                 an API key of it, role operator (default: CARILLON_KEY)
  --ca FILE                 certificate to trust, PEM (default: the system's)
  --yes                     do not ask; needed unless the target is this machine

The exit status is 0 when everything adds up, 1 when not, 2 for wrong options. 124
(--timeout-seconds) and 130 (Ctrl-C) say that the report is partial.`

const MAX_DEVICES = 10_000_000

export function parseLoadOptions(args: string[], env: NodeJS.ProcessEnv = process.env): LoadOptions {
  const values = parseOptions(args, {
    devices: { type: 'string', default: '100000' },
    dispatchers: { type: 'string' },
    redis: { type: 'boolean' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
    'fcm-latency-ms': { type: 'string' },
    dead: { type: 'string' },
    errors: { type: 'string' },
    'quota-per-minute': { type: 'string' },
    seed: { type: 'string', default: '1' },
    report: { type: 'string' },
    'timeout-seconds': { type: 'string', default: '3600' },
    target: { type: 'string' },
    key: { type: 'string' },
    ca: { type: 'string' },
    yes: { type: 'boolean' },
  })
  const target = parseTarget(values, env)
  const quota = values['quota-per-minute']
  const devices = values.devices.split(',').map((text) => wholeNumber('devices', text, 1, MAX_DEVICES))
  if (target !== null && devices.length > 1) {
    throw new UsageError(`--devices is "${values.devices}"; with --target expected one number.`)
  }
  return {
    devices,
    dispatchers: wholeNumber('dispatchers', values.dispatchers ?? '1', 1, 16),
    redis: values.redis ?? false,
    json: values.json,
    help: values.help,
    latencyMs: latencyRange(values['fcm-latency-ms'] ?? '20:60'),
    dead: share('dead', values.dead ?? '0.03'),
    errors: errorShares(values.errors ?? ''),
    quotaPerMinute: quota === undefined ? null : wholeNumber('quota-per-minute', quota, 1, 100_000_000),
    seed: wholeNumber('seed', values.seed, 1, 2 ** 31 - 1),
    report: values.report === undefined ? null : pageFile(values.report),
    timeoutSeconds: wholeNumber('timeout-seconds', values['timeout-seconds'], 1, 86_400),
    target,
  }
}

export function latencyRange(text: string): [number, number] {
  const found = /^(\d{1,5})(?::(\d{1,5}))?$/.exec(text)
  const min = Number(found?.[1])
  const max = Number(found?.[2] ?? found?.[1])
  if (found && min <= max) return [min, max]
  throw new UsageError(
    `--fcm-latency-ms is "${text}"; expected milliseconds such as 40, or a range such as 20:60.`,
  )
}

export function errorShares(text: string): Partial<Record<AnswerName, number>> {
  try {
    return parseErrorShares(text)
  } catch (error) {
    throw new UsageError(`--errors: ${(error as Error).message}.`)
  }
}

/** Said before an hour's run, not after it. */
function pageFile(path: string): string {
  if (!/\.html?$/.test(path))
    throw new UsageError(`--report is "${path}"; expected a file name ending in .html.`)
  try {
    accessSync(dirname(resolve(path)), constants.W_OK)
    return path
  } catch {
    throw new UsageError(`--report is "${path}", and its folder is not there or cannot be written to.`)
  }
}

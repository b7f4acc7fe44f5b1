/** The demo's command line. */
import { accessSync, constants, statSync } from 'node:fs'
import { parseOptions, share, UsageError, wholeNumber } from '../testing/terminal/command.ts'

export interface DemoOptions {
  devices: number
  /** The user's own list; null: one is written. */
  file: string | null
  redis: boolean
  stay: boolean
  json: boolean
  help: boolean
  dispatchers: number
  dead: number
  messagesPerMinute: number | 'unlimited'
}

export const DEMO_HELP = `Usage: npm run demo -- [options]

Starts a whole Carillon with a fake FCM, imports a device list, sends a campaign to
all of it and checks every single result. Nothing leaves this machine.

  --devices N               how many devices (default 100000)
  --file devices.csv        your own list: columns token, externalId, platform, and any of
                            locale, timezone, attributes, optedOut
  --redis                   queue on Redis: REDIS_URL, or a redis-server from the PATH
                            (default: on PostgreSQL)
  --dispatchers N           dispatcher processes (default 2)
  --dead SHARE              share of tokens that FCM calls unregistered (default 0.02)
  --messages-per-minute N   rate limit (default unlimited; real FCM allows 600000 by default)
  --stay                    keep it running at the end, until Ctrl-C
  --json                    one JSON object on stdout, everything else on stderr
  --help                    this text

With DATABASE_URL set, the run makes a database of its own on that server and drops it
at the end; otherwise a private PostgreSQL is started.`

const MAX_DEVICES = 10_000_000

export function parseDemoOptions(args: string[]): DemoOptions {
  const values = parseOptions(args, {
    devices: { type: 'string' },
    file: { type: 'string' },
    redis: { type: 'boolean', default: false },
    dispatchers: { type: 'string', default: '2' },
    dead: { type: 'string', default: '0.02' },
    'messages-per-minute': { type: 'string', default: 'unlimited' },
    stay: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  })
  if (values.file !== undefined && values.devices !== undefined) {
    throw new UsageError(
      '--file and --devices exclude each other: your own list has as many devices as it has.',
    )
  }
  const rateLimit = values['messages-per-minute']
  return {
    devices: wholeNumber('devices', values.devices ?? '100000', 1, MAX_DEVICES),
    file: values.file === undefined ? null : readableFile(values.file),
    redis: values.redis,
    stay: values.stay,
    json: values.json,
    help: values.help,
    dispatchers: wholeNumber('dispatchers', values.dispatchers, 1, 16),
    dead: share('dead', values.dead),
    messagesPerMinute:
      rateLimit === 'unlimited' ? rateLimit : wholeNumber('messages-per-minute', rateLimit, 1, 100_000_000),
  }
}

function readableFile(path: string): string {
  try {
    accessSync(path, constants.R_OK)
    if (statSync(path).isFile()) return path
  } catch {
    // Said below.
  }
  throw new UsageError(`--file is "${path}", which is not a file that can be read.`)
}

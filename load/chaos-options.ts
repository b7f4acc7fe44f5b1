/** The command line of `npm run chaos`. */
import type { Guarantee } from '../src/domain/campaign.ts'
import type { AnswerName } from '../testing/fake-fcm/answers.ts'
import { parseOptions, share, UsageError, wholeNumber } from '../testing/terminal/command.ts'
import { errorShares, latencyRange } from './load-options.ts'

export interface ChaosOptions {
  devices: number
  queue: 'redis' | 'postgresql'
  guarantee: Guarantee
  kills: number
  redisWipes: number
  redisStops: number
  pgRestarts: number
  pgTerminations: number
  dispatchers: number
  latencyMs: [min: number, max: number]
  errors: Partial<Record<AnswerName, number>>
  messagesPerMinute: number | 'unlimited'
  /** Share of the audience that may get the message more than once, whatever the bound on each kill adds up to. */
  mostRepeated: number
  seed: number
  timeoutSeconds: number
  json: boolean
  help: boolean
}

export const CHAOS_HELP = `Usage: npm run chaos -- [options]

Sends one campaign while Carillon's processes are killed and its servers stopped, and
checks afterwards, from both sides, that what docs/guarantees.md promises was kept.

  --devices N               audience (default 200000)
  --queue NAME           redis or postgresql (default redis)
  --guarantee NAME          at_least_once or at_most_once (default at_least_once)
  --kills N                 SIGKILLs, dealt out over all processes (default 30)
  --redis-wipes N           FLUSHALL (default 3; on postgresql 0)
  --redis-stops N           Redis ends, and is back empty a few seconds later
                            (default 2; on postgresql 0)
  --pg-restarts N           PostgreSQL ends, in order or as in a crash, and comes back
                            (default 2)
  --pg-terminations N       half of the connections to PostgreSQL are ended (default 2)
  --dispatchers N           dispatcher processes (default 3)
  --fcm-latency-ms MIN:MAX  how long FCM takes to answer (default 20:60)
  --errors STATUS:SHARE,…   answers at random (default 500:0.01,503:0.01)
  --messages-per-minute N   rate limit, or unlimited (default 60000)
  --most-repeated SHARE     of the audience, over all kills together (default 0.002)
  --seed N                  of what happens, to whom and when (default 1)
  --timeout-seconds N       give up after so long (default 900)
  --json                    one JSON object on stdout, everything else on stderr
  --help                    this text

It starts its own PostgreSQL and redis-server, whatever DATABASE_URL and REDIS_URL say.
When something happens is a share of the campaign, not a time: the same seed is the same
run. BATCH_LEASE_MS, RECORD_CHUNK and the other variables of .env.example that say how,
not where to, are passed on.

The exit status is 0 when every promise was kept, 1 when not, 2 for wrong options.`

const MAX_DEVICES = 10_000_000
const MOST = 1_000

export function parseChaosOptions(args: string[]): ChaosOptions {
  const values = parseOptions(args, {
    devices: { type: 'string', default: '200000' },
    queue: { type: 'string', default: 'redis' },
    guarantee: { type: 'string', default: 'at_least_once' },
    kills: { type: 'string', default: '30' },
    'redis-wipes': { type: 'string' },
    'redis-stops': { type: 'string' },
    'pg-restarts': { type: 'string', default: '2' },
    'pg-terminations': { type: 'string', default: '2' },
    dispatchers: { type: 'string', default: '3' },
    'fcm-latency-ms': { type: 'string', default: '20:60' },
    errors: { type: 'string', default: '500:0.01,503:0.01' },
    'messages-per-minute': { type: 'string', default: '60000' },
    'most-repeated': { type: 'string', default: '0.002' },
    seed: { type: 'string', default: '1' },
    'timeout-seconds': { type: 'string', default: '900' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  })
  const queue = oneOf('queue', values.queue, ['redis', 'postgresql'])
  const ofRedis = (name: 'redis-wipes' | 'redis-stops', usual: number) => {
    const count = wholeNumber(name, values[name] ?? String(queue === 'redis' ? usual : 0), 0, MOST)
    if (count === 0 || queue === 'redis') return count
    throw new UsageError(`--${name} is "${count}", and with --queue postgresql there is no Redis.`)
  }
  const rateLimit = values['messages-per-minute']
  return {
    devices: wholeNumber('devices', values.devices, 1, MAX_DEVICES),
    queue,
    guarantee: oneOf('guarantee', values.guarantee, ['at_least_once', 'at_most_once']),
    kills: wholeNumber('kills', values.kills, 0, MOST),
    redisWipes: ofRedis('redis-wipes', 3),
    redisStops: ofRedis('redis-stops', 2),
    pgRestarts: wholeNumber('pg-restarts', values['pg-restarts'], 0, MOST),
    pgTerminations: wholeNumber('pg-terminations', values['pg-terminations'], 0, MOST),
    dispatchers: wholeNumber('dispatchers', values.dispatchers, 1, 16),
    latencyMs: latencyRange(values['fcm-latency-ms']),
    errors: errorShares(values.errors),
    messagesPerMinute:
      rateLimit === 'unlimited' ? rateLimit : wholeNumber('messages-per-minute', rateLimit, 1, 100_000_000),
    mostRepeated: share('most-repeated', values['most-repeated']),
    seed: wholeNumber('seed', values.seed, 1, 2 ** 31 - 1),
    timeoutSeconds: wholeNumber('timeout-seconds', values['timeout-seconds'], 1, 86_400),
    json: values.json,
    help: values.help,
  }
}

function oneOf<const T extends string>(name: string, text: string, known: readonly T[]): T {
  const found = known.find((one) => one === text)
  if (found !== undefined) return found
  throw new UsageError(`--${name} is "${text}"; expected ${known.join(' or ')}.`)
}

/** The command lines of both benchmarks. */
import { parseOptions, UsageError, wholeNumber } from '../../testing/terminal/command.ts'

export interface BenchOptions {
  messages: number
  rounds: number
  warmUp: number
  /** Requests in flight: of the bare HTTP/2 loop, of h2load, and of one dispatcher. */
  inFlight: number
  latencyMs: [min: number, max: number]
  /** Also with this many dispatchers, 0 for not. */
  moreDispatchers: number
  others: boolean
  json: boolean
  help: boolean
  timeoutSeconds: number
}

export const BENCH_HELP = `Usage: npm run bench -- [options]

Carillon's whole pipeline against loops that only send, by turns, on one fake FCM.
A round that loses or repeats a message is an error.

  --messages N              messages a round (default 100000)
  --rounds R                rounds of each (default 5)
  --warm-up N               messages before each round, not counted (default 10000)
  --in-flight N             requests in flight of the HTTP/2 loop, of h2load and of one
                            dispatcher (default 400)
  --fcm-latency-ms MIN:MAX  how long FCM takes to answer (default 0:0: what is measured is
                            the senders' work, not their waiting)
  --more-dispatchers N      each backend also with N dispatchers (default 2; 0: not)
  --others                  also node-pushnotifications and @parse/push-adapter, installed
                            from the npm registry into a temporary folder
  --timeout-seconds N       stop after this time (default 3600)
  --json                    one JSON object on stdout instead of the table
  --help

DATABASE_URL and REDIS_URL are used where they are set: a database and keys of its own,
removed afterwards. Otherwise an embedded PostgreSQL and a redis-server from the PATH.`

export function parseBenchOptions(args: string[]): BenchOptions {
  const values = parseOptions(args, {
    messages: { type: 'string', default: '100000' },
    rounds: { type: 'string', default: '5' },
    'warm-up': { type: 'string', default: '10000' },
    'in-flight': { type: 'string', default: '400' },
    'fcm-latency-ms': { type: 'string', default: '0:0' },
    'more-dispatchers': { type: 'string', default: '2' },
    others: { type: 'boolean', default: false },
    'timeout-seconds': { type: 'string', default: '3600' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  })
  const messages = wholeNumber('messages', values.messages, 1_000, 10_000_000)
  const warmUp = wholeNumber('warm-up', values['warm-up'], 0, 100_000)
  if (warmUp > messages * 0.8) {
    throw new UsageError(
      `--warm-up is ${warmUp}; expected at most 80 % of --messages, ${messages}: it goes to the same devices.`,
    )
  }
  return {
    messages,
    rounds: wholeNumber('rounds', values.rounds, 1, 100),
    warmUp,
    inFlight: wholeNumber('in-flight', values['in-flight'], 1, 4_000),
    latencyMs: latency(values['fcm-latency-ms']),
    moreDispatchers: wholeNumber('more-dispatchers', values['more-dispatchers'], 0, 16),
    others: values.others,
    json: values.json,
    help: values.help,
    timeoutSeconds: wholeNumber('timeout-seconds', values['timeout-seconds'], 10, 86_400),
  }
}

function latency(text: string): [number, number] {
  const [min = '', max = min] = text.split(':')
  const range: [number, number] = [
    wholeNumber('fcm-latency-ms', min, 0, 60_000),
    wholeNumber('fcm-latency-ms', max, 0, 60_000),
  ]
  if (range[0] <= range[1]) return range
  throw new UsageError(`--fcm-latency-ms is "${text}"; expected the lower number first, such as 80:200.`)
}

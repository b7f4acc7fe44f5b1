/** The options of `npm run chaos`. */
import { oneOf, parseOptions, share, UsageError, whole } from '../../testing/terminal/options.ts'
import * as shared from '../options.ts'

const count = (fallback: number, help: string) => whole(0, 1_000, fallback, help)

const OPTIONS = {
  devices: shared.devices(200_000),
  queue: oneOf(['redis', 'postgresql'], 'where the queue is'),
  guarantee: oneOf(['at_least_once', 'at_most_once'], 'of the campaign'),
  kills: count(30, 'SIGKILLs, spread over all processes'),
  redisWipes: whole(0, 1_000, null, 'FLUSHALL (default: 3; with --queue postgresql 0)'),
  redisStops: whole(
    0,
    1_000,
    null,
    'Redis stops and comes back empty after a few seconds (default: 2; with --queue postgresql 0)',
  ),
  pgRestarts: count(2, 'PostgreSQL shuts down or crashes, and comes back'),
  pgTerminations: count(2, 'half of the connections to PostgreSQL are terminated'),
  pgOutages: count(0, 'PostgreSQL is away for longer than the lease'),
  freezes: count(0, 'a dispatcher is stopped by SIGSTOP, in turn for shorter and for longer than the lease'),
  networkFaults: count(
    0,
    'the network between a dispatcher and PostgreSQL, FCM or Redis is slow, or half open: it swallows everything',
  ),
  diskFull: count(0, "PostgreSQL's disk is full (needs root, who may mount a small one)"),
  tokenHangs: count(0, 'the token service does not answer'),
  dispatchers: shared.dispatchers(3),
  latencyMs: shared.latencyMs('20:60'),
  errors: shared.errors('500:0.01,503:0.01'),
  messagesPerMinute: shared.messagesPerMinute('60000'),
  mostRepeated: share(0.002, 'of the audience may get the message more than once, over all kills together'),
  seed: { ...shared.seed, help: 'decides what happens, to which process and when' },
  timeoutSeconds: shared.timeoutSeconds(900),
  json: shared.json,
}

export const CHAOS_USAGE = {
  command: 'npm run chaos --',
  about: `Sends one campaign while Carillon's processes are killed and its servers stopped, and checks
afterwards, from both sides, that the promises of docs/guarantees.md were kept.`,
  options: OPTIONS,
  notes: `It starts its own PostgreSQL and redis-server, whatever DATABASE_URL and REDIS_URL say. Faults are
scheduled by share of the campaign, not by time: the same seed is the same run. BATCH_LEASE_MS,
RECORD_CHUNK and other variables of .env.example are passed on, except those that name a server.

The exit status is 0 when every promise was kept, 1 when not, 2 for wrong options.`,
}

export type ChaosOptions = ReturnType<typeof parseChaosOptions>

export function parseChaosOptions(args: string[]) {
  const values = parseOptions(OPTIONS, args)
  const isRedis = values.queue === 'redis'
  for (const [flag, given] of [
    ['redis-wipes', values.redisWipes],
    ['redis-stops', values.redisStops],
  ]) {
    if (given && !isRedis)
      throw new UsageError(`--${flag} is "${given}", and with --queue postgresql there is no Redis.`)
  }
  return {
    ...values,
    redisWipes: values.redisWipes ?? (isRedis ? 3 : 0),
    redisStops: values.redisStops ?? (isRedis ? 2 : 0),
  }
}

/** The options of `npm run failover`. */
import { flag, oneOf, parseOptions, UsageError } from '../../testing/terminal/options.ts'
import * as shared from '../options.ts'

const OPTIONS = {
  devices: shared.devices(50_000),
  queue: oneOf(['cluster', 'sentinel', 'postgresql'], 'Redis Cluster, Redis with Sentinel, or no Redis'),
  replication: oneOf(['synchronous', 'asynchronous'], 'of PostgreSQL to its standby'),
  guarantee: oneOf(['at_least_once', 'at_most_once'], 'of the campaign'),
  loseDispatcher: flag('kill a dispatcher together with the primary'),
  dispatchers: shared.dispatchers(3),
  latencyMs: shared.latencyMs('100:250'),
  messagesPerMinute: shared.messagesPerMinute('120000'),
  seed: shared.seed,
  timeoutSeconds: shared.timeoutSeconds(600),
  json: shared.json,
}

export const FAILOVER_USAGE = {
  command: 'npm run failover --',
  about: `Sends one campaign while the master of its queue dies and a standby of PostgreSQL is promoted,
and compares PostgreSQL's rows with what the fake FCM received.`,
  options: OPTIONS,
  notes: `It starts its own servers, whatever DATABASE_URL and REDIS_URL say. With asynchronous replication, the
standby stops receiving before the primary dies, so that commits are lost for certain.

The exit status is 0 when every promise was kept, 1 when not, 2 for wrong options.`,
}

export type FailoverOptions = ReturnType<typeof parseFailoverOptions>

export function parseFailoverOptions(args: string[]) {
  const values = parseOptions(OPTIONS, args)
  if (values.loseDispatcher && values.dispatchers < 2) {
    throw new UsageError(`--lose-dispatcher needs --dispatchers of 2 or more; it is "${values.dispatchers}".`)
  }
  return values
}

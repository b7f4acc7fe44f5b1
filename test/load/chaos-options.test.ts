import { expect, test } from 'vitest'
import { parseChaosOptions } from '../../load/chaos/chaos-options.ts'

test('chaos has defaults for everything', () => {
  expect(parseChaosOptions([])).toEqual({
    devices: 200_000,
    queue: 'redis',
    guarantee: 'at_least_once',
    kills: 30,
    redisWipes: 3,
    redisStops: 2,
    pgRestarts: 2,
    pgTerminations: 2,
    pgOutages: 0,
    freezes: 0,
    networkFaults: 0,
    diskFull: 0,
    tokenHangs: 0,
    dispatchers: 3,
    latencyMs: [20, 60],
    errors: { internal: 0.01, unavailable: 0.01 },
    messagesPerMinute: 60_000,
    mostRepeated: 0.002,
    seed: 1,
    timeoutSeconds: 900,
    json: false,
  })
})

test('chaos takes the command line it is published with', () => {
  const args =
    '--devices 200000 --kills 30 --redis-wipes 3 --redis-stops 2 --pg-restarts 2 --seed 2 --guarantee at_most_once --json'
  expect(parseChaosOptions(args.split(' '))).toMatchObject({
    devices: 200_000,
    kills: 30,
    redisWipes: 3,
    redisStops: 2,
    pgRestarts: 2,
    seed: 2,
    guarantee: 'at_most_once',
    json: true,
  })
})

test('on PostgreSQL there is no Redis to wipe or to stop', () => {
  expect(parseChaosOptions(['--queue', 'postgresql'])).toMatchObject({ redisWipes: 0, redisStops: 0 })
  const none = '--queue postgresql --redis-wipes 0 --redis-stops 0'.split(' ')
  expect(parseChaosOptions(none)).toMatchObject({ queue: 'postgresql', kills: 30 })
})

test.each([
  [['--devices', '0'], '--devices is "0"; expected a whole number from 1 to 10000000.'],
  [['--kills', '-1'], "'--kills'"],
  [['--kills', '1001'], '--kills is "1001"; expected a whole number from 0 to 1000.'],
  [['--pg-restarts', 'two'], '--pg-restarts is "two"'],
  [['--queue', 'kafka'], '--queue is "kafka"; expected redis or postgresql.'],
  [['--guarantee', 'exactly_once'], 'expected at_least_once or at_most_once.'],
  [['--queue', 'postgresql', '--redis-wipes', '3'], 'with --queue postgresql there is no Redis.'],
  [['--queue', 'postgresql', '--redis-stops', '1'], '--redis-stops is "1"'],
  [['--seed', '0'], '--seed is "0"'],
  [['--most-repeated', '2'], '--most-repeated is "2"'],
  [['--errors', '999:0.1'], '--errors'],
  [['--fcm-latency-ms', '60:20'], '--fcm-latency-ms is "60:20"'],
  [['--redis'], "Unknown option '--redis'"],
])('chaos refuses %j', (args, message) => {
  expect(() => parseChaosOptions(args)).toThrow(message)
})

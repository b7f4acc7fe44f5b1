import { expect, test } from 'vitest'
import { parseDemoOptions } from '../../load/demo.ts'
import { parseLoadOptions } from '../../load/load.ts'

test('the demo has defaults for everything', () => {
  expect(parseDemoOptions([])).toEqual({
    devices: 100_000,
    file: null,
    redis: false,
    stay: false,
    json: false,
    dispatchers: 2,
    latencyMs: [100, 250],
    dead: 0.02,
    messagesPerMinute: 'unlimited',
  })
})

test('the load harness takes several sizes, shares of errors and a range of latency', () => {
  const args =
    '--devices 20000,200000 --dispatchers 2 --redis --json --fcm-latency-ms 80:200 --dead 0.03 --errors 429:0.001,503:0.002 --quota-per-minute 600000 --seed 7 --report out.html --timeout-seconds 60'
  expect(parseLoadOptions(args.split(' '))).toEqual({
    devices: [20_000, 200_000],
    dispatchers: 2,
    redis: true,
    json: true,
    latencyMs: [80, 200],
    dead: 0.03,
    errors: { quota_device: 0.001, unavailable: 0.002 },
    quotaPerMinute: 600_000,
    seed: 7,
    report: 'out.html',
    timeoutSeconds: 60,
    target: null,
  })
  expect(parseLoadOptions(['--fcm-latency-ms', '40']).latencyMs).toEqual([40, 40])
})

test.each([
  [['--devices', '0'], '--devices is "0"; expected a whole number from 1 to 10000000.'],
  [['--devices', '1e3'], '--devices is "1e3"'],
  [['--devices', '-5'], "'--devices'"],
  [['--devices', '10000001'], '--devices is "10000001"'],
  [['--dead', '2'], '--dead is "2"; expected a number from 0 to 1'],
  [['--device', '5'], "Unknown option '--device'."],
  [['5'], "Unexpected argument '5'"],
  [['--messages-per-minute', 'fast'], '--messages-per-minute is "fast"'],
  [['--file', '/does/not/exist.csv'], '--file is "/does/not/exist.csv"; expected a file that can be read.'],
  [['--file', '/tmp'], '--file is "/tmp"'],
  [['--file', '/etc/hosts', '--devices', '5'], '--file and --devices exclude each other'],
])('the demo refuses %j', (args, message) => {
  expect(() => parseDemoOptions(args)).toThrow(message)
})

test.each([
  [['--devices', '10,'], '--devices is "10,"; expected a whole number from 1 to 10000000, or several'],
  [['--fcm-latency-ms', '60:20'], '--fcm-latency-ms is "60:20"; expected milliseconds such as 40'],
  [['--errors', '503'], '--errors is "503"; expected shares of HTTP statuses such as'],
  [['--errors', '999:0.1'], '--errors'],
  [['--seed', '0'], '--seed is "0"'],
  [['--timeout-seconds', '0'], '--timeout-seconds is "0"'],
])('the load harness refuses %j', (args, message) => {
  expect(() => parseLoadOptions(args)).toThrow(message)
})

const target = ['--target', 'http://127.0.0.1:3000', '--yes']

test('an installation to drive has an origin and a key', () => {
  expect(parseLoadOptions([...target, '--key', 'k', '--devices', '7']).target).toEqual({
    address: 'http://127.0.0.1:3000',
    key: 'k',
    ca: null,
  })
  const far = ['--target', 'https://push.example.com/', '--yes']
  expect(parseLoadOptions(far, { CARILLON_KEY: 'k' }).target).toMatchObject({
    address: 'https://push.example.com',
    key: 'k',
  })
})

test.each([
  [
    ['--target', 'https://push.example.com', '--key', 'k'],
    'would import 100,000 devices into https://push.example.com',
  ],
  [['--target', 'http://127.0.0.1:3000', '--key', 'k'], 'Add --yes to do that.'],
  [['--target', 'http://localhost.example.com', '--key', 'k', '--yes'], 'without TLS'],
  [['--target', 'http://push.example.com', '--key', 'k', '--yes'], 'without TLS'],
  [['--target', 'push.example.com', '--key', 'k'], 'expected an origin such as'],
  [['--target', 'https://localhost/v1', '--key', 'k'], 'expected an origin such as'],
  [target, '--target needs an API key: --key or the variable CARILLON_KEY'],
  [[...target, '--key', 'k', '--redis'], '--redis cannot be used with --target'],
  [[...target, '--key', 'k', '--devices', '1,2'], 'with --target expected one number'],
  [[...target, '--key', 'k', '--ca', '/does/not/exist'], '--ca is "/does/not/exist"'],
  [['--key', 'k'], '--key is only used with --target'],
  [['--yes'], '--yes is only used with --target'],
  [['--report', 'out.pdf'], '--report is "out.pdf"; expected a file name ending in .html'],
  [['--report', '/does/not/exist/out.html'], 'in a folder that can be written to'],
])('the load harness refuses %j', (args, message) => {
  expect(() => parseLoadOptions(args, {})).toThrow(message)
})

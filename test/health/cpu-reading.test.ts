import { expect, test } from 'vitest'
import { cpuReader } from '../../src/health/cpu-reading.ts'

test('the machine’s share is of the last whole second; waiting for a disk is not use', () => {
  let now = 0
  let stat = 'cpu  100 0 100 800 0 0 0 0 50 0\ncpu0 1 2 3\nintr 5'
  const read = cpuReader(
    () => stat,
    () => now,
  )
  expect(read()).toEqual({ eventLoop: 0, machine: null })
  stat = 'cpu  130 0 120 840 10 0 0 0 80 0\n'
  now = 999
  expect(read().machine).toBeNull()
  now = 1_000
  expect(read().machine).toBeCloseTo(0.5)
  expect(read().machine).toBeCloseTo(0.5)
})

test('a loop that never waits is full', () => {
  let now = 0
  const read = cpuReader(
    () => null,
    () => now,
  )
  const until = performance.now() + 50
  while (performance.now() < until);
  now = 1_000
  const { eventLoop, machine } = read()
  expect(eventLoop).toBeGreaterThan(0.9)
  expect(machine).toBeNull()
})

test.runIf(process.platform === 'linux')('this machine tells its share', () => {
  let now = 0
  const read = cpuReader(undefined, () => now)
  const until = performance.now() + 50
  while (performance.now() < until);
  now = 1_000
  expect(read().machine).toBeGreaterThan(0)
  expect(read().machine).toBeLessThanOrEqual(1)
})

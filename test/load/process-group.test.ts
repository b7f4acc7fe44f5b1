import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { ProcessGroup, type ProcessGroupOptions } from '../../src/process/process-group.ts'
import { processesOf } from '../../workers/processes.ts'
import { until } from '../support/until.ts'

const file = join(import.meta.dirname, 'fixtures/obedient.ts')

const setup = (options: Partial<ProcessGroupOptions> = {}) => {
  const losses: string[] = []
  const group = new ProcessGroup({
    env: { PATH: process.env.PATH },
    onLoss: (name, how) => {
      losses.push(`${name}: ${how}`)
      return true
    },
    ...options,
  })
  onTestFinished(async () => {
    await group.stop()
  })
  return { group, losses }
}

test('starting resolves with what the process says about itself', async () => {
  const { group } = setup()
  const facts = await group.start({ name: 'a', file, semiSpaceMb: 4 })
  expect(facts).toEqual({
    pid: group.pids.get('a'),
    semiSpace: '--max-semi-space-size=4 --heap-growing-percent=150',
    compileCache: expect.stringContaining('node_modules/.cache/compiled'),
  })
})

test('a process that ends before it is ready is an error with its exit status, and is not tried again', async () => {
  const { group, losses } = setup({ env: { PATH: process.env.PATH, ENDS: '3' } })
  await expect(group.start({ name: 'a', file, semiSpaceMb: 4 })).rejects.toThrow(
    'The a process ended with exit status 3 before it was ready.',
  )
  expect([losses, group.pids.size]).toEqual([[], 0])
})

test('a process that is killed comes back as another, when it is wanted', async () => {
  const { group, losses } = setup()
  const { pid } = await group.start({ name: 'a', file, semiSpaceMb: 4 })
  group.kill('a')
  await until(() => group.pids.has('a') && group.pids.get('a') !== pid, { what: 'it is back' })
  expect(losses).toEqual(['a: SIGKILL'])
})

test('a process that is killed stays away, when it is not wanted', async () => {
  const lost = Promise.withResolvers<string>()
  const { group } = setup({
    onLoss: (name) => {
      lost.resolve(name)
      return false
    },
  })
  await group.start({ name: 'a', file, semiSpaceMb: 4 })
  group.kill('a')
  expect([await lost.promise, group.pids.size]).toEqual(['a', 0])
})

test('stopping ends all of them, is no loss, and lets nothing start any more', async () => {
  const { group, losses } = setup()
  await Promise.all(['a', 'b'].map((name) => group.start({ name, file, semiSpaceMb: 4 })))
  expect(await group.stop()).toEqual({ killed: [] })
  expect([losses, group.pids.size]).toEqual([[], 0])
  await expect(group.start({ name: 'c', file, semiSpaceMb: 4 })).rejects.toThrow('c was not started')
})

test('stopping while one waits for its restart means that it does not come back', async () => {
  const lost = Promise.withResolvers<void>()
  const { group } = setup({
    onLoss: () => {
      lost.resolve()
      return true
    },
  })
  await group.start({ name: 'a', file, semiSpaceMb: 4 })
  group.kill('a')
  await lost.promise
  await group.stop()
  expect(group.pids.size).toBe(0)
})

test('asked, each says its own; who does not answer or has ended is left out', async () => {
  const { group } = setup({ onLoss: () => false })
  const facts = await Promise.all(['a', 'b', 'c'].map((name) => group.start({ name, file, semiSpaceMb: 4 })))
  group.kill('c')
  await until(() => !group.pids.has('c'), { what: 'c has ended' })
  const answers = await group.ask('name')
  expect(Object.fromEntries([...answers].map(([name, answer]) => [name, answer.name]))).toEqual({
    a: facts[0]?.pid,
    b: facts[1]?.pid,
  })
  expect(await group.ask('something else', 20)).toEqual(new Map())
})

test('a process that ends by itself, with nothing wrong, is started again as well', async () => {
  const { group, losses } = setup()
  const { pid } = await group.start({ name: 'a', file, semiSpaceMb: 4 })
  process.kill(pid as number, 'SIGTERM')
  await until(() => group.pids.has('a') && group.pids.get('a') !== pid, { what: 'it is back' })
  expect(losses).toEqual(['a: exit status 0'])
})

test('one that ends again and again is started ever more slowly', async () => {
  const lostAt: number[] = []
  let starts = 0
  const { group } = setup({
    onLoss: () => {
      lostAt.push(performance.now())
      return true
    },
    onStart: (_name, child) => {
      starts += 1
      if (starts > 1) child.kill('SIGKILL')
    },
  })
  await group.start({ name: 'a', file, semiSpaceMb: 4 })
  group.kill('a')
  await until(() => lostAt.length === 3, { what: 'it was lost three times' })
  const pauses = lostAt.slice(1).map((at, index) => at - (lostAt[index] as number))
  expect(pauses[0]).toBeGreaterThanOrEqual(500)
  expect(pauses[1]).toBeGreaterThanOrEqual(1_000)
})

test('what is said to one process alone is over what all are told', async () => {
  const { group } = setup({ env: { PATH: process.env.PATH, ENDS: '4' } })
  await expect(group.start({ name: 'a', file, semiSpaceMb: 4, env: { ENDS: '3' } })).rejects.toThrow(
    'exit status 3',
  )
})

test('processes of one machine have a port each for their metrics, or none', () => {
  const ports = (first?: number) => processesOf(2, first).map(({ name, env }) => [name, env?.METRICS_PORT])
  expect(ports(9464)).toEqual([
    ['api', '9464'],
    ['planner', '9465'],
    ['maintenance', '9466'],
    ['dispatcher 1', '9467'],
    ['dispatcher 2', '9468'],
  ])
  expect(ports().map(([, port]) => port)).toEqual(Array(5).fill(undefined))
})

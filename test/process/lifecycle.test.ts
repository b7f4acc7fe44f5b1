import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { testEnv } from '../support/config.ts'
import { until } from '../support/until.ts'

const FIXTURE = join(import.meta.dirname, 'fixtures/process.ts')

/** Starts the fixture. `lines` is what its steps said, `log` what the logger said. */
function start(does: string, env: Record<string, string | number | null> = {}, { isAlone = false } = {}) {
  const child = spawn(process.execPath, [FIXTURE], {
    env: testEnv({ LOG_LEVEL: 'info', ...env, PROCESS_DOES: does }),
    // The channel is what makes us its parent in its eyes.
    stdio: ['ignore', 'pipe', 'pipe', ...(isAlone ? [] : ['ipc' as const])],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  let out = ''
  let err = ''
  child.stdout?.on('data', (chunk) => {
    out += chunk
  })
  child.stderr?.on('data', (chunk) => {
    err += chunk
  })
  // 'close' does not come after disconnect().
  const streams = [child.stdout, child.stderr].map((stream) => (stream ? once(stream, 'end') : undefined))
  const ended = once(child, 'exit').then(async ([code, signal]) => {
    await Promise.all(streams)
    return { code, signal }
  })
  return {
    child,
    ended,
    ready: () => Promise.race([once(child, 'message').then(([message]) => message), ended.then(() => null)]),
    lines: () => out.split('\n').filter((line) => line !== '' && !line.startsWith('{')),
    log: () =>
      out
        .split('\n')
        .filter((line) => line.startsWith('{') && line.endsWith('}'))
        .map((line) => JSON.parse(line)),
    stderr: () => err,
  }
}

async function startReady(does: string, env: Record<string, string | number | null> = {}) {
  const started = start(does, env)
  expect(await started.ready()).toEqual({ ready: true, port: 4711 })
  return started
}

/** Once is not enough while signals shortly after each other count as one. */
async function signalUntil(child: ChildProcess, signal: NodeJS.Signals, what: string, holds: () => boolean) {
  const again = () => {
    if (holds()) return true
    child.kill(signal)
    return false
  }
  await until(again, { what, intervalMs: 50 })
}

test.each(['SIGTERM', 'SIGINT'] as const)('%s runs the steps in reverse and exits 0', async (signal) => {
  const { child, ended, lines, log } = await startReady('')
  child.kill(signal)
  expect(await ended).toEqual({ code: 0, signal: null })
  expect(lines()).toEqual(['step third', 'step second', 'step first'])
  expect(log().map(({ msg }) => msg)).toEqual(['ready', 'stopping', 'stopped'])
})

test('a misspelt variable is a warning that names it and the right one, and the process starts', async () => {
  const { child, ended, log } = await startReady('', { DISPATCH_BATCHS: 8 })
  child.kill('SIGTERM')
  expect(await ended).toEqual({ code: 0, signal: null })
  expect(log()).toContainEqual(
    expect.objectContaining({
      level: 40,
      msg: expect.stringMatching(/^DISPATCH_BATCHS is not .* mean DISPATCH_BATCHES\? .* \.env\.example\.$/),
    }),
  )
})

test('a failing step does not stop the others, and the exit status is 1', async () => {
  const { child, ended, lines, log } = await startReady('fail in a step')
  child.kill('SIGTERM')
  expect(await ended).toEqual({ code: 1, signal: null })
  expect(lines()).toEqual(['step third', 'step first'])
  expect(log()).toContainEqual(
    expect.objectContaining({ what: 'second', err: expect.objectContaining({ message: 'second cannot' }) }),
  )
})

test('a second signal ends the waiting for work in hand', async () => {
  const { child, ended, lines, log } = await startReady('have work in hand')
  child.kill('SIGTERM')
  await until(() => log().some(({ msg }) => msg === 'stopping'), { what: 'the process is stopping' })
  expect(lines()).toEqual([])
  await signalUntil(child, 'SIGTERM', 'the work in hand is given up', () => lines().length > 0)
  expect(await ended).toEqual({ code: 0, signal: null })
  expect(lines()).toEqual(['step third', 'step second', 'step first'])
})

test('one Ctrl-C that arrives three times does not end the waiting', async () => {
  const { child, ended, log } = await startReady('have work in hand', {
    STOP_TIMEOUT_MS: 1500,
    FCM_REQUEST_TIMEOUT_MS: 1000,
  })
  for (const signal of ['SIGINT', 'SIGINT', 'SIGTERM'] as const) child.kill(signal)
  await ended
  const time = (msg: string) => Date.parse(log().find((line) => line.msg.startsWith(msg))?.time)
  expect(time('the stop timeout has passed') - time('stopping')).toBeGreaterThanOrEqual(1400)
})

test('when the time to stop is up, the waiting ends by itself', async () => {
  const { child, ended, lines } = await startReady('have work in hand', {
    STOP_TIMEOUT_MS: 200,
    FCM_REQUEST_TIMEOUT_MS: 100,
  })
  child.kill('SIGTERM')
  expect(await ended).toEqual({ code: 0, signal: null })
  expect(lines()).toEqual(['step third', 'step second', 'step first'])
})

test('a step that never ends is left behind after a third signal, with exit status 1', async () => {
  const { child, ended } = await startReady('hang for ever')
  await signalUntil(child, 'SIGTERM', 'the process has ended', () => child.exitCode !== null)
  expect(await ended).toEqual({ code: 1, signal: null })
})

test('a step that never ends is left behind when the time is up, with exit status 1', async () => {
  const env = { STOP_TIMEOUT_MS: 200, FCM_REQUEST_TIMEOUT_MS: 100 }
  // Nothing keeps this process alive any more: it must not end as if all was well.
  const { child, ended, log } = start('hang for ever', env, { isAlone: true })
  await until(() => log().some(({ msg }) => msg === 'ready'), { what: 'the process is ready' })
  child.kill('SIGTERM')
  expect(await ended).toEqual({ code: 1, signal: null })
})

test('a process whose parent is gone stops by itself', async () => {
  const { child, ended, lines } = await startReady('')
  child.disconnect()
  expect(await ended).toEqual({ code: 0, signal: null })
  expect(lines()).toEqual(['step third', 'step second', 'step first'])
})

test('a process whose parent goes while it starts stops as well', async () => {
  const { child, ended, lines } = start('open slowly')
  await until(() => lines().includes('booting'), { what: 'the process is starting' })
  child.disconnect()
  child.kill('SIGUSR2')
  expect(await ended).toEqual({ code: 0, signal: null })
})

test('a process that is stopped while it starts closes everything it has opened by then', async () => {
  const { child, ended, lines, log } = start('open slowly')
  await until(() => lines().includes('booting'), { what: 'the process is starting' })
  child.kill('SIGTERM')
  await until(() => log().some(({ msg }) => msg === 'stopping'), { what: 'the process is stopping' })
  child.kill('SIGUSR2')
  expect(await ended).toEqual({ code: 0, signal: null })
  expect(lines()).toEqual(['booting', 'step third', 'step second', 'step first'])
})

test('a process that cannot start closes what it has opened and exits 1', async () => {
  const { ended, lines, log } = start('fail to start')
  expect(await ended).toEqual({ code: 1, signal: null })
  expect(lines()).toEqual(['step first'])
  expect(log()[0]).toMatchObject({ why: 'could not start', err: { message: 'the port is taken' } })
})

test.each([
  ['throw later', 'uncaught exception'],
  ['reject later', 'unhandled rejection'],
])('an error that nobody catches stops the process in order, with exit status 1: %s', async (does, why) => {
  const { ended, lines, log } = await startReady(does)
  expect(await ended).toEqual({ code: 1, signal: null })
  expect(lines()).toEqual(['step third', 'step second', 'step first'])
  expect(log()).toContainEqual(expect.objectContaining({ msg: 'stopping', why }))
})

test('a process can stop itself, with exit status 0', async () => {
  const { ended } = await startReady('stop by itself')
  expect(await ended).toEqual({ code: 0, signal: null })
})

test('a mistake in the configuration is one line on stderr and exit status 1', async () => {
  const { ended, lines, log, stderr } = start('', { PORT: 'eighty' })
  expect(await ended).toEqual({ code: 1, signal: null })
  expect(stderr()).toBe(
    'Cannot start: PORT is "eighty"; expected a whole number from 0 to 65535. Variables are listed in .env.example.\n',
  )
  expect([...lines(), ...log()]).toEqual([])
})

import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { TcpDoor } from '../../testing/network/tcp-door.ts'
import { createTestDatabase } from '../support/database.ts'
import { until } from '../support/until.ts'

async function runMigrate(env: Record<string, string>) {
  const args = [join(import.meta.dirname, '../../workers/migrate.ts')]
  const result = promisify(execFile)(process.execPath, args, { env: { PATH: process.env.PATH, ...env } })
  const { code, stdout, stderr } = await result.then(
    (output) => ({ code: 0, ...output }),
    (error) => error,
  )
  return { code, stdout, stderr }
}

test('npm run migrate says what it applied, then that there is nothing to do', async () => {
  const { url } = await createTestDatabase({ empty: true })
  const env = { DATABASE_URL: url, QUEUE_PREFIX: 'mine' }
  expect(await runMigrate(env)).toEqual({
    code: 0,
    stdout: expect.stringMatching(
      /^(applied \d{14}_[a-z_]+\n)+applied BullMQ's tables in schema mine_queue\n$/,
    ),
    stderr: '',
  })
  expect(await runMigrate(env)).toEqual({
    code: 0,
    stdout: 'nothing to do: the database is up to date\n',
    stderr: '',
  })
})

test.each([
  // Has two addresses, and so two errors in one.
  ['postgres://localhost:1/none', 'Cannot migrate: connect ECONNREFUSED'],
  ['postgres://127.0.0.1:1/none', 'Cannot migrate: connect ECONNREFUSED 127.0.0.1:1'],
  ['mysql://localhost/none', 'Cannot start: DATABASE_URL is "mysql://localhost/none"; expected'],
])('npm run migrate ends with one line and status 1: %s', async (url, line) => {
  const { code, stdout, stderr } = await runMigrate({ DATABASE_URL: url })
  expect([code, stdout]).toEqual([1, ''])
  expect(stderr).toContain(line)
  expect(stderr.trimEnd()).not.toContain('\n')
})

test('npm run migrate waits for a database that is only being started, if it is told to', async () => {
  const { url } = await createTestDatabase({ empty: true })
  const door = await TcpDoor.to(url)
  onTestFinished(() => door.shut())
  await door.shut()
  const env = { PATH: process.env.PATH, DATABASE_URL: door.through(url), DATABASE_START_WAIT_MS: '60000' }
  const child = spawn(process.execPath, [join(import.meta.dirname, '../../workers/migrate.ts')], { env })
  let said = ''
  child.stdout.on('data', (chunk) => {
    said += chunk
  })
  await until(() => said.includes('waiting for the database: connect ECONNREFUSED'), { what: 'it waits' })
  await door.open()
  expect(await once(child, 'exit')).toEqual([0, null])
  expect(said).toContain("applied BullMQ's tables")
})

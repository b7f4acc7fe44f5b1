import { execFile } from 'node:child_process'
import { PassThrough } from 'node:stream'
import { describe, expect, onTestFinished, test } from 'vitest'
import { findUserByPassword } from '../../src/access/user-store.ts'
import { openPrisma } from '../../src/postgres/prisma.ts'
import { askPassword } from '../../workers/ask-password.ts'
import { testEnv } from '../support/config.ts'
import { createTestDatabase } from '../support/database.ts'
import { until } from '../support/until.ts'

const PASSWORD = 'a horse, a battery'

const setup = async () => {
  const { pool, url } = await createTestDatabase()
  const prisma = openPrisma(pool)
  onTestFinished(() => prisma.$disconnect())
  const user = (args: string[], input = '') =>
    new Promise<{ code: number | string; output: string }>((resolve) => {
      const child = execFile(
        process.execPath,
        ['workers/user.ts', ...args],
        { env: testEnv({ DATABASE_URL: url }) },
        (error, stdout, stderr) => resolve({ code: error?.code ?? 0, output: stdout + stderr }),
      )
      child.stdin?.on('error', () => {}).end(input)
    })
  return { pool, prisma, user }
}

describe('npm run user', () => {
  test('makes a user who can sign in, once', async () => {
    const { prisma, user } = await setup()
    const args = ['--name', 'Ada', '--role', 'admin', '--password-stdin']
    const made = await user(args, `${PASSWORD}\n`)
    expect(made).toEqual({ code: 0, output: 'User Ada with role admin can sign in now.\n' })
    expect(await findUserByPassword(prisma, 'ada', PASSWORD)).toMatchObject({
      user: { name: 'Ada', role: 'admin' },
    })
    const again = await user(['--name', 'ADA', ...args.slice(2)], 'another password\n')
    expect(again.code).toBe(1)
    expect(again.output).toContain('there is already a user "Ada"; --reset')
    expect(await findUserByPassword(prisma, 'ada', PASSWORD)).not.toBeNull()
  })

  test('--no-second-factor takes it away, and asks for no password', async () => {
    const { pool, prisma, user } = await setup()
    await user(['--name', 'ada', '--role', 'operator', '--password-stdin'], PASSWORD)
    await pool.query(`UPDATE users SET totp_secret = 'x', totp_on_at = now(), totp_step = 1`)
    await pool.query(`INSERT INTO recovery_codes (user_id, hash) SELECT id, 'x' FROM users`)
    const done = await user(['--name', 'Ada', '--no-second-factor'])
    expect(done).toEqual({ code: 0, output: 'User ada with role operator has no second factor.\n' })
    const { rows } = await pool.query('SELECT totp_secret, totp_on_at, totp_step FROM users')
    expect(rows).toEqual([{ totp_secret: null, totp_on_at: null, totp_step: null }])
    expect((await pool.query('SELECT FROM recovery_codes')).rowCount).toBe(0)
    expect(await findUserByPassword(prisma, 'ada', PASSWORD)).not.toBeNull()
    const nobody = await user(['--name', 'eve', '--no-second-factor'])
    expect(nobody).toMatchObject({ code: 1, output: expect.stringContaining('there is no user "eve"') })
  })

  test('--reset gives a new password, enables, and ends the sessions; the role stays unless another is given', async () => {
    const { pool, prisma, user } = await setup()
    await user(['--name', 'ada', '--role', 'operator', '--password-stdin'], PASSWORD)
    await pool.query(`UPDATE users SET disabled_at = now()`)
    await pool.query(
      `INSERT INTO sessions (hash, id, user_id, expires_at) SELECT '', id, id, 'infinity' FROM users`,
    )
    const reset = await user(['--name', 'Ada', '--reset', '--password-stdin'], 'another password\r\n')
    expect(reset).toEqual({ code: 0, output: 'User ada with role operator has a new password.\n' })
    expect(await findUserByPassword(prisma, 'ada', PASSWORD)).toBeNull()
    expect(await findUserByPassword(prisma, 'ada', 'another password')).toMatchObject({
      user: { role: 'operator' },
    })
    expect((await pool.query('SELECT 1 FROM sessions')).rowCount).toBe(0)
    await user(['--name', 'ada', '--role', 'admin', '--reset', '--password-stdin'], PASSWORD)
    expect(await findUserByPassword(prisma, 'ada', PASSWORD)).toMatchObject({ user: { role: 'admin' } })
  })

  test.each([
    [['--name', 'x', '--password-stdin'], PASSWORD, '--role is null'],
    [['--name', 'x', '--role', 'root', '--reset', '--password-stdin'], PASSWORD, '"root"; expected one of'],
    [['--role', 'admin', '--password-stdin'], PASSWORD, '--name is missing'],
    [['--name', ' x', '--role', 'admin', '--password-stdin'], PASSWORD, '--name is missing'],
    [
      ['--name', 'x', '--role', 'admin', '--password-stdin'],
      'too short\n',
      '9 characters; expected 12 to 128',
    ],
    [['--name', 'x', '--role', 'admin', '--password-stdin'], '', '0 characters'],
    [['--name', 'x', '--role', 'admin'], PASSWORD, 'no terminal'],
    [['--name', 'x', '--reset', '--password-stdin'], PASSWORD, 'there is no user "x"'],
    [['--name', 'x', '--role', 'admin', '--password', 'y'], PASSWORD, '--password'],
  ])('%j with %j on stdin says what is wrong and makes none', async (args, input, says) => {
    const { pool, user } = await setup()
    const { code, output } = await user(args, input)
    expect(code).toBe(1)
    expect(output).toContain(says)
    expect((await pool.query('SELECT 1 FROM users')).rowCount).toBe(0)
  })
})

describe('at the terminal', () => {
  const ask = () => {
    const input = new PassThrough()
    const output = new PassThrough()
    let shown = ''
    output.on('data', (piece) => {
      shown += piece
    })
    return { input, shown: () => shown, password: askPassword({ input, output }) }
  }
  const asked = (shown: () => string, question: string) =>
    until(() => shown().endsWith(question), { what: `"${question}" is asked` })

  test('a password is asked for twice and never shown', async () => {
    const { input, shown, password } = ask()
    await asked(shown, 'Password: ')
    input.write(`${PASSWORD}\r`)
    await asked(shown, 'Repeat password: ')
    input.write(`${PASSWORD}\r`)
    expect(await password).toBe(PASSWORD)
    expect(shown()).toBe('Password: \nRepeat password: \n')
  })

  test('two that differ are refused', async () => {
    const { input, shown, password } = ask()
    const refused = expect(password).rejects.toThrow('differ')
    await asked(shown, 'Password: ')
    input.write(`${PASSWORD}\r`)
    await asked(shown, 'Repeat password: ')
    input.write('something else\r')
    await refused
  })

  test.each([
    ['Ctrl-C', '\u0003'],
    ['Ctrl-D', '\u0004'],
  ])('%s gives up', async (_name, key) => {
    const { input, shown, password } = ask()
    const refused = expect(password).rejects.toThrow('no password was given')
    await asked(shown, 'Password: ')
    input.write(key)
    await refused
  })
})

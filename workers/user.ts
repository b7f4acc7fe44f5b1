/**
 * Creates a user: `npm run user -- --name ada --role admin`. Asks for the password at the terminal, or takes the first
 * line of stdin with --password-stdin. --reset sets a new password for an existing user, enables the user and ends all
 * sessions of the user. Use it if no admin can sign in. --no-second-factor takes the second factor away from a user who has lost
 * the app and the recovery codes.
 */
import { randomUUIDv7 } from 'node:crypto'
import { text } from 'node:stream/consumers'
import { parseArgs } from 'node:util'
import { changeUser, createUser, findUserByName } from '../src/access/user-store.ts'
import { loadConfig } from '../src/config/config.ts'
import { ROLES } from '../src/domain/permissions.ts'
import { openPool } from '../src/postgres/pool.ts'
import { openPrisma } from '../src/postgres/prisma.ts'
import { nameProcess } from '../src/process/acting.ts'
import { createLogger } from '../src/process/logger.ts'
import { askPassword } from './ask-password.ts'

try {
  const { values } = parseArgs({
    options: {
      name: { type: 'string' },
      role: { type: 'string' },
      reset: { type: 'boolean', default: false },
      'password-stdin': { type: 'boolean', default: false },
      'no-second-factor': { type: 'boolean', default: false },
    },
  })
  const removesSecondFactor = values['no-second-factor']
  const changes = values.reset || removesSecondFactor
  const role = ROLES.find((known) => known === values.role)
  if (role === undefined && (values.role !== undefined || !changes)) {
    throw new Error(`--role is ${JSON.stringify(values.role ?? null)}; expected one of ${ROLES.join(', ')}.`)
  }
  const { name } = values
  if (name === undefined || !/^\S(.{0,98}\S)?$/.test(name)) {
    throw new Error(
      '--name is missing, too long, or begins or ends with a space; expected 1 to 100 characters.',
    )
  }
  nameProcess('npm run user')
  const config = loadConfig(process.env, { needsFcm: false })
  const pool = openPool(config.database, 'user', createLogger('user', 'silent'))
  const prisma = openPrisma(pool)
  try {
    // Checked before asking for a password.
    const known = await findUserByName(prisma, name)
    if (known !== null && !changes) {
      throw new Error(`there is already a user ${JSON.stringify(known.name)}; --reset sets a new password.`)
    }
    if (known === null && changes) throw new Error(`there is no user ${JSON.stringify(name)}.`)
    const asksPassword = values.reset || known === null
    const password = asksPassword ? await readPassword(values['password-stdin']) : undefined
    const user =
      known === null
        ? await createUser(prisma, {
            id: randomUUIDv7(),
            name,
            role: role ?? 'viewer',
            password: password ?? '',
          })
        : await changeUser(prisma, known.id, {
            role,
            password,
            removesSecondFactor,
            ...(values.reset && { isDisabled: false }),
          })
    const done = [
      ...(known === null ? ['can sign in now'] : []),
      ...(values.reset ? ['has a new password'] : []),
      ...(removesSecondFactor ? ['has no second factor'] : []),
    ]
    console.error(`User ${user.name} with role ${user.role} ${done.join(' and ')}.`)
  } finally {
    await prisma.$disconnect()
    await pool.end()
  }
} catch (error) {
  console.error(`Nothing was changed: ${(error as Error).message}`)
  process.exitCode = 1
}

async function readPassword(isPiped: boolean): Promise<string> {
  if (isPiped) return (await text(process.stdin)).split(/\r?\n/, 1)[0] ?? ''
  if (process.stdin.isTTY) return askPassword({ input: process.stdin, output: process.stderr })
  throw new Error('there is no terminal to ask for the password; pipe it in with --password-stdin.')
}

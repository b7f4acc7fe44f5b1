/**
 * Creates an API key: `npm run key -- --role admin --name ops [--days 90]`. Prints only the key to stdout, so that it can
 * be piped into a secret store.
 */
import { randomUUIDv7 } from 'node:crypto'
import { parseArgs } from 'node:util'
import { createApiKey } from '../src/access/api-key-store.ts'
import { loadConfig } from '../src/config/config.ts'
import { ROLES } from '../src/domain/permissions.ts'
import { openPool } from '../src/postgres/pool.ts'
import { openPrisma } from '../src/postgres/prisma.ts'
import { nameProcess } from '../src/process/acting.ts'
import { createLogger } from '../src/process/logger.ts'

const DAY_MS = 86_400_000

try {
  const { values } = parseArgs({
    options: { role: { type: 'string' }, name: { type: 'string' }, days: { type: 'string' } },
  })
  const role = ROLES.find((known) => known === values.role)
  if (role === undefined) {
    throw new Error(`--role is ${JSON.stringify(values.role ?? null)}; expected one of ${ROLES.join(', ')}.`)
  }
  if (values.name === undefined || values.name.trim() === '' || values.name.length > 100) {
    throw new Error('--name is missing or too long; name the user of the key in 1 to 100 characters.')
  }
  if (values.days !== undefined && !/^[1-9]\d{0,4}$/.test(values.days)) {
    throw new Error(
      `--days is ${JSON.stringify(values.days)}; expected the number of days until the key expires.`,
    )
  }
  nameProcess('npm run key')
  const config = loadConfig(process.env, { needsFcm: false })
  const pool = openPool(config.database, 'key', createLogger('key', 'silent'))
  const prisma = openPrisma(pool)
  try {
    const { key, prefix } = await createApiKey(prisma, {
      id: randomUUIDv7(),
      name: values.name,
      role,
      expiresAt: values.days === undefined ? null : new Date(Date.now() + Number(values.days) * DAY_MS),
    })
    console.error(
      `API key ${prefix}_… with role ${role} for ${values.name}. This is the only time it is shown:`,
    )
    console.log(key)
  } finally {
    await prisma.$disconnect()
    await pool.end()
  }
} catch (error) {
  console.error(`No key was created: ${(error as Error).message}`)
  process.exitCode = 1
}

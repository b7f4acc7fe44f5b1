/**
 * Creates an API key: `npm run key -- --role admin --name ops [--days 90] [--permissions devices:register] [--from 10.0.0.0/8]`,
 * or gives one a new secret: `npm run key -- --rotate cari_3kQ9xZ1b [--overlap-hours 24]`. Prints only the key to stdout, so that
 * it can be piped into a secret store.
 */
import { randomUUIDv7 } from 'node:crypto'
import { parseArgs } from 'node:util'
import { createApiKey, findApiKey, rotateApiKey } from '../src/access/api-key-store.ts'
import { loadConfig } from '../src/config/config.ts'
import { PERMISSIONS, type Permission, ROLES } from '../src/domain/permissions.ts'
import { openPool } from '../src/postgres/pool.ts'
import { openPrisma, type Prisma } from '../src/postgres/prisma.ts'
import { nameProcess } from '../src/process/acting.ts'
import { createLogger } from '../src/process/logger.ts'

const DAY_MS = 86_400_000
const OVERLAP_HOURS = 24

interface Values {
  role?: string
  name?: string
  days?: string
  permissions?: string
  from?: string
  rotate?: string
  'overlap-hours'?: string
}

try {
  const { values } = parseArgs({
    options: {
      role: { type: 'string' },
      name: { type: 'string' },
      days: { type: 'string' },
      permissions: { type: 'string' },
      from: { type: 'string' },
      rotate: { type: 'string' },
      'overlap-hours': { type: 'string' },
    },
  })
  const act = values.rotate === undefined ? creation(values) : rotation(values.rotate, values)
  nameProcess('npm run key')
  const config = loadConfig(process.env, { needsFcm: false })
  const pool = openPool(config.database, 'key', createLogger('key', 'silent'))
  const prisma = openPrisma(pool)
  try {
    const { key, says } = await act(prisma)
    console.error(`${says} This is the only time the key is shown:`)
    console.log(key)
  } finally {
    await prisma.$disconnect()
    await pool.end()
  }
} catch (error) {
  console.error(`No key was created: ${(error as Error).message}`)
  process.exitCode = 1
}

type Act = (prisma: Prisma) => Promise<{ key: string; says: string }>

function creation(values: Values): Act {
  const role = ROLES.find((known) => known === values.role)
  if (role === undefined) {
    throw new Error(`--role is ${JSON.stringify(values.role ?? null)}; expected one of ${ROLES.join(', ')}.`)
  }
  const { name, days } = values
  if (name === undefined || name.trim() === '' || name.length > 100) {
    throw new Error('--name is missing or too long; name the user of the key in 1 to 100 characters.')
  }
  if (days !== undefined && !/^[1-9]\d{0,4}$/.test(days)) {
    throw new Error(`--days is ${JSON.stringify(days)}; expected the number of days until the key expires.`)
  }
  if (values['overlap-hours'] !== undefined) throw new Error('--overlap-hours is for --rotate only.')
  const permissions = listOf(values.permissions).map(permissionNamed)
  return async (prisma) => {
    const { key, prefix } = await createApiKey(prisma, {
      id: randomUUIDv7(),
      name,
      role,
      permissions,
      allowedAddresses: listOf(values.from),
      expiresAt: days === undefined ? null : new Date(Date.now() + Number(days) * DAY_MS),
    })
    return { key, says: `API key ${prefix}_… with role ${role} for ${name}.` }
  }
}

function rotation(of: string, values: Values): Act {
  const others = (['role', 'name', 'days', 'permissions', 'from'] as const).filter(
    (option) => values[option] !== undefined,
  )
  if (others.length > 0) {
    throw new Error(`--rotate changes the secret and nothing else; leave out --${others.join(', --')}.`)
  }
  const hours = values['overlap-hours'] ?? String(OVERLAP_HOURS)
  if (!/^\d{1,3}$/.test(hours) || Number(hours) > 720) {
    throw new Error(
      `--overlap-hours is ${JSON.stringify(hours)}; expected for how many hours the old secret works on, 0 to 720.`,
    )
  }
  return async (prisma) => {
    const { id, name, prefix: old } = await findApiKey(prisma, of)
    const { key, oldSecrets } = await rotateApiKey(prisma, id, Number(hours) * 3600)
    const end = oldSecrets.find(({ prefix }) => prefix === old)?.endsAt
    const until = end === undefined ? 'does not work any more' : `works until ${end.toISOString()}`
    return { key, says: `${name} has a new secret; ${old}_… ${until}.` }
  }
}

function listOf(text: string | undefined): string[] {
  return (text ?? '').split(',').flatMap((part) => (part.trim() === '' ? [] : [part.trim()]))
}

function permissionNamed(text: string): Permission {
  const permission = PERMISSIONS.find((known) => known === text)
  if (permission !== undefined) return permission
  throw new Error(
    `--permissions names ${JSON.stringify(text)}; expected some of ${PERMISSIONS.join(', ')}, with commas between them.`,
  )
}

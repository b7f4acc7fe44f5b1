import { randomUUIDv7 } from 'node:crypto'
import { expect, onTestFinished, test } from 'vitest'
import { createUser, findUserByName, findUserByPassword } from '../../src/access/user-store.ts'
import { openPrisma } from '../../src/postgres/prisma.ts'
import { createTestDatabase } from '../support/database.ts'

const PASSWORD = 'a horse, a battery'

test('a name is found regardless of case, and is not a pattern', async () => {
  const { pool } = await createTestDatabase()
  const prisma = openPrisma(pool)
  onTestFinished(() => prisma.$disconnect())
  const add = (name: string) =>
    createUser(prisma, { id: randomUUIDv7(), name, role: 'viewer', password: PASSWORD })
  await add('Ada_L')
  expect(await findUserByName(prisma, 'ada_l')).toMatchObject({ name: 'Ada_L' })
  expect(await findUserByPassword(prisma, 'ADA_L', PASSWORD)).toMatchObject({ user: { name: 'Ada_L' } })
  for (const pattern of ['%', 'ada%', 'ada__', 'adaxl', '']) {
    expect(await findUserByName(prisma, pattern), pattern).toBeNull()
    expect(await findUserByPassword(prisma, pattern, PASSWORD), pattern).toBeNull()
  }
  await expect(add('ADA_L')).rejects.toMatchObject({ code: 'user_name_taken' })
  expect(await add('adaxl')).toMatchObject({ name: 'adaxl' })
})

test('what is returned for a user has no password hash', async () => {
  const { pool } = await createTestDatabase()
  const prisma = openPrisma(pool)
  onTestFinished(() => prisma.$disconnect())
  const created = await createUser(prisma, {
    id: randomUUIDv7(),
    name: 'ada',
    role: 'viewer',
    password: PASSWORD,
  })
  const found = [
    created,
    await findUserByName(prisma, 'ada'),
    (await findUserByPassword(prisma, 'ada', PASSWORD))?.user,
  ]
  for (const user of found) {
    expect(Object.keys(user ?? {}).sort()).toEqual([
      'createdAt',
      'disabledAt',
      'id',
      'lastSeenAt',
      'name',
      'role',
      'totpOnAt',
    ])
  }
})

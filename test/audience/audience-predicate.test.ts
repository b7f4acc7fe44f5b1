import { expect, test } from 'vitest'
import { audiencePredicate } from '../../src/audience/audience-predicate.ts'
import type { Audience } from '../../src/domain/campaign.ts'
import { createTestDatabase } from '../support/database.ts'
import { createDevices } from '../support/factories.ts'

test('everybody is every device of the project', () => {
  expect(audiencePredicate(7, { all: true }, 8)).toEqual({
    sql: 'd.project_id = $9::smallint',
    values: [7],
    usesMembers: false,
  })
})

test('parameters follow on those the statement has', () => {
  const { sql, values } = audiencePredicate(7, { filter: { platforms: ['ios'], seenWithinDays: 3 } }, 8)
  expect(sql).toContain('$9')
  expect(sql).toContain('$11')
  expect(values).toEqual([7, ['ios'], 3])
})

test('each condition picks its own, in one project, and all given must fit', async () => {
  const { pool } = await createTestDatabase()
  const yesterday = new Date(Date.now() - 86_400_000)
  await createDevices(pool, 1, {
    platform: 'ios',
    member: { locale: 'de-AT', attributes: { plan: 'pro', tags: ['a', 'b'] } },
  })
  await createDevices(pool, 1, { platform: 'web', member: { locale: 'de', attributes: { plan: 'free' } } })
  await createDevices(pool, 1, {
    lastSeenAt: new Date(Date.now() - 9 * 86_400_000),
    member: { locale: 'den' },
  })
  await createDevices(pool, 1, { lastSeenAt: yesterday })
  await pool.query(`INSERT INTO projects (id, name) VALUES (2, 'shop')`)
  await pool.query(
    `INSERT INTO devices (project_id, member_id, address, platform)
     SELECT 2, member_id, address, platform FROM devices WHERE address = 'token-m1-1'`,
  )
  const members = async (audience: Audience, projectId = 1) => {
    const { sql, values } = audiencePredicate(projectId, audience, 1)
    const { rows } = await pool.query(
      `SELECT m.external_id AS id FROM devices d JOIN members m ON m.id = d.member_id WHERE d.id > $1 AND (${sql}) ORDER BY d.id`,
      [0, ...values],
    )
    return rows.map(({ id }) => id)
  }
  expect(await members({ all: true })).toEqual(['m1', 'm2', 'm3', 'm4'])
  expect(await members({ externalIds: ['m3', "m1' OR true --", 'm1'] })).toEqual(['m1', 'm3'])
  expect(await members({ filter: { platforms: ['ios', 'web'] } })).toEqual(['m1', 'm2'])
  expect(await members({ filter: { locales: ['de'] } })).toEqual(['m1', 'm2'])
  expect(await members({ filter: { locales: ['de-AT', 'fr'] } })).toEqual(['m1'])
  expect(await members({ filter: { attributes: { tags: ['b'] } } })).toEqual(['m1'])
  expect(await members({ filter: { seenWithinDays: 3 } })).toEqual(['m1', 'm2', 'm4'])
  expect(await members({ filter: { locales: ['de'], attributes: { plan: 'free' } } })).toEqual(['m2'])
  // Not everybody by mistake: the API refuses it, and so does this.
  expect(await members({ filter: {} })).toEqual([])
  for (const audience of [
    { all: true },
    { externalIds: ['m1', 'm2'] },
    { filter: { platforms: ['ios', 'web'] } },
  ]) {
    expect(await members(audience as Audience, 2)).toEqual(['m1'])
  }
})

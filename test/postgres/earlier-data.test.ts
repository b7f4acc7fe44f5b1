/** What an installation has when it is brought up to date is there afterwards, and is read as before. */
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { readDeliveries } from '../../src/results/read-deliveries.ts'
import { migrate } from '../../src/postgres/migrate.ts'
import { createTestDatabase } from '../support/database.ts'
import { createCampaign } from '../support/factories.ts'
import { MIGRATIONS } from './schema-engine.ts'

/** A database as it was before the migration `name`. */
async function setup(name: string) {
  const folder = await mkdtemp(join(tmpdir(), 'carillon-migrations-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  for (const one of await readdir(MIGRATIONS)) {
    if (one < name) await cp(join(MIGRATIONS, one), join(folder, one), { recursive: true })
  }
  const { url, pool } = await createTestDatabase({ empty: true })
  const conveyorSchema = 'carillon_conveyor'
  await migrate(url, { conveyorSchema, folder }, () => {})
  return { pool, update: () => migrate(url, { conveyorSchema }, () => {}) }
}

test('ids of messages that were kept as text', async () => {
  const { pool, update } = await setup('20261128220000')
  const id = await createCampaign(pool, { state: 'finished' })
  const ids = ['0:1500415314455276%31bd1c9631bd1c96', 'fake_message_id', '', null]
  await pool.query(
    `INSERT INTO deliveries (campaign_id, device_id, state, code, attempt, message_id)
     SELECT $1, n, 1, 0, 1, id FROM unnest($2::text[]) WITH ORDINALITY AS u (id, n)`,
    [id, ids],
  )
  await update()
  const { deliveries } = await readDeliveries(pool, id, {}, 10)
  expect(deliveries.map(({ messageId }) => messageId)).toEqual(ids)
})

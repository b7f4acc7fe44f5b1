import { expect, test } from 'vitest'
import { createLogger } from '../../src/process/logger.ts'
import { ProjectError } from '../../src/projects/project.ts'
import { createSender, type OpenSender } from '../../src/push/create-sender.ts'
import { Senders } from '../../src/push/senders.ts'
import { testConfig } from '../support/config.ts'
import { createTestDatabase } from '../support/database.ts'

const log = createLogger('test', 'silent')

async function setup() {
  const { pool } = await createTestDatabase()
  await pool.query(
    `INSERT INTO projects (id, name, fcm_project_id) VALUES (2, 'shop', 'shop-1'), (3, 'news', 'news-1')`,
  )
  const opened: (string | null)[] = []
  const closed: (string | null)[] = []
  const openSender: OpenSender = (settings, log) => {
    const sender = createSender(settings, log)
    opened.push(settings.projectId)
    return Object.assign(sender, { close: async () => void closed.push(settings.projectId) })
  }
  const senders = new Senders({ pool, environment: testConfig().fcm, openSender, log })
  return { pool, senders, opened, closed }
}

test('each project has one sender, opened when it is first asked for and closed with the others', async () => {
  const { senders, opened, closed } = await setup()
  const [first, second] = await Promise.all([senders.open(2), senders.open(2)])
  expect(first.sender).toBe(second.sender)
  const { project } = await senders.open(3)
  expect(project).toMatchObject({ id: 3, name: 'news' })
  expect(opened).toEqual(['shop-1', 'news-1'])
  await senders.close()
  expect(closed).toEqual(['shop-1', 'news-1'])
  await expect(senders.open(1)).rejects.toThrow('the senders are closed')
})

test.each([
  ['a sender that does not exist', `sender = 'pigeon'`, 'its sender is "pigeon"; expected one of fcm-http2'],
  ['a file that is no credential', `credentials_file = '${import.meta.filename}'`, 'which is not JSON'],
])('%s fails for its project alone, until it is corrected', async (_, change, words) => {
  const { pool, senders } = await setup()
  await pool.query(`UPDATE projects SET ${change} WHERE id = 2`)
  const failed = senders.open(2)
  await expect(failed).rejects.toThrow(ProjectError)
  await expect(failed).rejects.toThrow('Project "shop" cannot send: ')
  await expect(failed).rejects.toThrow(words)
  expect((await senders.open(3)).project.name).toBe('news')
  await pool.query('UPDATE projects SET sender = NULL, credentials_file = NULL WHERE id = 2')
  expect((await senders.open(2)).project.name).toBe('shop')
  await senders.close()
})

test('a project without a row is an error that says so', async () => {
  const { senders } = await setup()
  await expect(senders.open(9)).rejects.toThrow(
    'Project "9" cannot send: it has no row in the table projects.',
  )
  await senders.close()
})

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { DEFAULT_PROJECT_ID, readProject } from '../../src/projects/project.ts'
import { testConfig } from '../support/config.ts'
import { createTestDatabase } from '../support/database.ts'

interface Columns {
  sender?: string
  endpoint?: string
  fcm_project_id?: string
  credentials_file?: string
  messages_per_minute?: number
}

function someFile(): string {
  const directory = mkdtempSync(join(tmpdir(), 'carillon-test-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  const file = join(directory, 'key.json')
  writeFileSync(file, '{}')
  return file
}

async function setup(env: Record<string, string> = {}) {
  const { pool } = await createTestDatabase()
  const environment = testConfig(env).fcm
  const settingsWith = async (columns: Columns) => {
    await pool.query(
      `INSERT INTO projects (id, name, sender, endpoint, fcm_project_id, credentials_file, messages_per_minute)
       VALUES (2, 'shop', $1, $2, $3, $4, $5)`,
      [
        columns.sender,
        columns.endpoint,
        columns.fcm_project_id,
        columns.credentials_file,
        columns.messages_per_minute,
      ],
    )
    return (await readProject(pool, 2, environment)).settings
  }
  return { pool, environment, settingsWith }
}

test('the default project is as the environment says', async () => {
  const { pool, environment } = await setup({ FCM_MESSAGES_PER_MINUTE: '600' })
  const { name, settings } = await readProject(pool, DEFAULT_PROJECT_ID, environment)
  expect(name).toBe('default')
  expect(settings).toEqual({ ...environment, hasOwnCredentials: false })
})

test('what a row says takes the place of the environment', async () => {
  const file = someFile()
  const { environment, settingsWith } = await setup({ FCM_SENDER: 'fcm-http2' })
  const columns = {
    sender: 'dry-run',
    endpoint: 'https://fcm.googleapis.com',
    fcm_project_id: 'shop-1',
    credentials_file: file,
    messages_per_minute: 1200,
  }
  expect(await settingsWith(columns)).toEqual({
    ...environment,
    sender: 'dry-run',
    endpoint: 'https://fcm.googleapis.com',
    isGoogle: true,
    projectId: 'shop-1',
    credentialsFile: file,
    hasOwnCredentials: true,
    messagesPerMinute: 1200,
  })
})

test('an endpoint of its own is never sent the access token of the environment', async () => {
  const { settingsWith } = await setup({ GOOGLE_APPLICATION_CREDENTIALS: someFile() })
  expect(await settingsWith({ endpoint: 'https://push.example.com' })).toMatchObject({
    credentialsFile: null,
    isGoogle: false,
  })
})

test('a credential of its own is not used for the Firebase project of the environment', async () => {
  const { settingsWith } = await setup({ FCM_PROJECT_ID: 'mine' })
  expect(await settingsWith({ credentials_file: someFile() })).toMatchObject({ projectId: null })
})

test('another Firebase project can share the credential of the environment', async () => {
  const file = someFile()
  const { settingsWith } = await setup({ GOOGLE_APPLICATION_CREDENTIALS: file })
  expect(await settingsWith({ fcm_project_id: 'shop-1' })).toMatchObject({
    projectId: 'shop-1',
    credentialsFile: file,
    hasOwnCredentials: false,
  })
})

test.each<[string, Columns, string]>([
  ['an address that is not https', { endpoint: 'http://x' }, 'is "http://x"; expected an https:// origin'],
  ['an impossible project id', { fcm_project_id: 'No!' }, 'is "No!"; expected a Firebase project id'],
  ['no such file', { credentials_file: '/nowhere' }, 'is "/nowhere"; expected the path of a readable'],
])('%s is an error that names the project, the column and the value', async (_, columns, words) => {
  const { settingsWith } = await setup()
  const [column] = Object.keys(columns)
  await expect(settingsWith(columns)).rejects.toMatchObject({
    name: 'ProjectError',
    message: expect.stringContaining(
      `Project "shop" cannot send: ${column} in its row of the table projects ${words}`,
    ),
  })
})

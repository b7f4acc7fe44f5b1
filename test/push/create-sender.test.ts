import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createSender } from '../../src/push/create-sender.ts'
import { firebaseProjectOf } from '../../src/push/fcm/firebase-project.ts'
import { startFakeFcm } from '../../testing/fake-fcm/fake-fcm.ts'
import { testConfig } from '../support/config.ts'
import { send, tokens } from './fcm/push-sender-contract.ts'

const log = pino({ level: 'silent' })

function create(env: Record<string, string | null>) {
  const sender = createSender(testConfig({ FCM_PROJECT_ID: null, ...env }).fcm, log)
  onTestFinished(() => sender.close())
  return sender
}

function credentialsFile(content: unknown): string {
  const directory = mkdtempSync(join(tmpdir(), 'carillon-test-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  const file = join(directory, 'key.json')
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content))
  return file
}

const serviceAccount = () => ({
  type: 'service_account',
  project_id: 'from-the-file',
  client_email: 'sender@from-the-file.iam.gserviceaccount.com',
  private_key: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
    type: 'pkcs8',
    format: 'pem',
  }),
})

describe('the project', () => {
  test('is FCM_PROJECT_ID, else the one of the credentials, else a demo project where no credential is needed', () => {
    const GOOGLE_APPLICATION_CREDENTIALS = credentialsFile(serviceAccount())
    const projectOf = (env: Record<string, string>) =>
      firebaseProjectOf(testConfig({ FCM_PROJECT_ID: null, ...env }).fcm)
    expect(projectOf({ GOOGLE_APPLICATION_CREDENTIALS, FCM_PROJECT_ID: 'mine' })).toBe('mine')
    expect(projectOf({ GOOGLE_APPLICATION_CREDENTIALS })).toBe('from-the-file')
    expect(projectOf({})).toBe('demo-carillon')
  })

  test('must be named when Google’s endpoint is used and the credentials do not name it', () => {
    const file = credentialsFile({ type: 'authorized_user' })
    const create = () =>
      createSender(
        testConfig({ FCM_ENDPOINT: null, FCM_PROJECT_ID: null, GOOGLE_APPLICATION_CREDENTIALS: file }).fcm,
        log,
      )
    expect(create).toThrow(
      `FCM_PROJECT_ID (in the table projects: fcm_project_id) is not set, and the credentials file ${file} has no project_id.`,
    )
  })
})

test.each([
  ['is not JSON', 'PRIVATE KEY'],
  ['has no "type"', '{}'],
  ['has no "private_key" or no "client_email"', '{"type":"service_account"}'],
])('a credentials file that %s stops the start, without a word of its content', (problem, content) => {
  const file = credentialsFile(content)
  const start = () => create({ GOOGLE_APPLICATION_CREDENTIALS: file })
  expect(start).toThrow(
    `GOOGLE_APPLICATION_CREDENTIALS is "${file}", which ${problem}; expected the JSON key file`,
  )
  expect(start).not.toThrow('PRIVATE')
})

test.each([
  ['fcm-http2', { accepted: 3, validated: 0 }],
  ['dry-run', { accepted: 0, validated: 3 }],
])('FCM_SENDER=%s sends to FCM_ENDPOINT with the bearer that emulators take', async (name, expected) => {
  const fake = await startFakeFcm({ bearers: ['owner'], project: 'demo-carillon' })
  onTestFinished(() => fake.close())
  const sender = create({ FCM_ENDPOINT: fake.origin, FCM_CA_FILE: fake.caFile, FCM_SENDER: name })
  const outcomes = await send(sender, { tokens: tokens(3) })
  expect(outcomes.map((outcome) => outcome?.kind)).toEqual(['sent', 'sent', 'sent'])
  expect(fake.stats()).toMatchObject(expected)
})

test('a sender that does not exist is refused with the names of those that do', () => {
  const settings = { ...testConfig().fcm, sender: 'constructor' }
  expect(() => createSender(settings, log)).toThrow(
    'its sender is "constructor"; expected one of fcm-http2, firebase-admin, dry-run.',
  )
})

import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ConfigError, loadConfig } from '../../src/config/config.ts'

const MINIMAL = { DATABASE_URL: 'postgres://localhost/carillon', FCM_PROJECT_ID: 'my-project' }

function problemsOf(env: Record<string, string>): readonly string[] {
  try {
    loadConfig(env)
    return []
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return error.problems
  }
}

test('a database and a project are enough', () => {
  const config = loadConfig(MINIMAL)
  expect(config.database).toEqual({
    url: MINIMAL.DATABASE_URL,
    poolSize: 10,
    poolWaitMs: 5000,
    statementTimeoutMs: 30_000,
  })
  expect(config.queue.redisUrl).toBeNull()
  expect(config.fcm).toMatchObject({ isGoogle: true, projectId: 'my-project', sender: 'fcm-http2' })
})

test('a missing variable is named, with what was expected', () => {
  expect(problemsOf({ FCM_PROJECT_ID: 'my-project' })).toEqual([
    'DATABASE_URL is not set; expected a PostgreSQL address such as postgres://user:password@localhost:5432/carillon.',
  ])
})

test('an empty value counts as unset', () => {
  expect(loadConfig({ ...MINIMAL, PORT: '', REDIS_URL: '' }).http.port).toBe(3000)
  expect(problemsOf({ ...MINIMAL, DATABASE_URL: '' })[0]).toMatch(/^DATABASE_URL is not set;/)
})

test.each(['10.0.0.5', '10.0.0.5, 10.1.0.0/16', 'fd00::/8,::1'])('proxies may be listed as %j', (text) => {
  expect(loadConfig({ ...MINIMAL, TRUSTED_PROXIES: text }).http.trustedProxies).toBe(text)
})

test.each(['true', '*', '10.0.0.0/33', '0.0.0.0/0', '10.0.0', 'proxy.example', '10.0.0.5,', 'loopback'])(
  'proxies may not be listed as %j',
  (text) => {
    expect(problemsOf({ ...MINIMAL, TRUSTED_PROXIES: text })).toEqual([
      `TRUSTED_PROXIES is "${text}"; expected addresses or networks such as "10.0.0.5, 10.1.0.0/16".`,
    ])
  },
)

test.each([
  ['PORT', 'eighty', 'PORT is "eighty"; expected a whole number from 0 to 65535.'],
  ['PORT', '65536', 'PORT is "65536"; expected a whole number from 0 to 65535.'],
  ['PORT', '-1', 'PORT is "-1"; expected a whole number from 0 to 65535.'],
  ['PORT', '80.5', 'PORT is "80.5"; expected a whole number from 0 to 65535.'],
  ['PORT', '1e3', 'PORT is "1e3"; expected a whole number from 0 to 65535.'],
  ['BATCH_SIZE', '501', 'BATCH_SIZE is "501"; expected a whole number from 1 to 500.'],
  ['FCM_SENDER', 'apns', 'FCM_SENDER is "apns"; expected one of fcm-http2, firebase-admin, dry-run.'],
  [
    'FCM_MESSAGES_PER_MINUTE',
    'many',
    'FCM_MESSAGES_PER_MINUTE is "many"; expected a whole number from 1 to 100000000, or "unlimited".',
  ],
  [
    'FCM_ENDPOINT',
    'http://localhost:8080',
    'FCM_ENDPOINT is "http://localhost:8080"; expected an https:// origin without a path.',
  ],
  [
    'FCM_ENDPOINT',
    'https://localhost/v1',
    'FCM_ENDPOINT is "https://localhost/v1"; expected an https:// origin without a path.',
  ],
  ...[
    'https://fcm.googleapis.com@evil.example',
    'https://user:secret@localhost:8443',
    'https://fcm.googleapis.com/?x=1',
    'https://fcm.googleapis.com/#x',
  ].map((value) => [
    'FCM_ENDPOINT',
    value,
    `FCM_ENDPOINT is ${JSON.stringify(value)}; expected an https:// origin without a path.`,
  ]),
  [
    'QUEUE_PREFIX',
    'Mine!',
    'QUEUE_PREFIX is "Mine!"; expected 1 to 40 characters of a-z, 0-9 and _, starting with a letter.',
  ],
  [
    'GOOGLE_APPLICATION_CREDENTIALS',
    '/no/such/file.json',
    'GOOGLE_APPLICATION_CREDENTIALS is "/no/such/file.json"; expected the path of a readable service account file.',
  ],
  [
    'FCM_CA_FILE',
    import.meta.dirname,
    `FCM_CA_FILE is "${import.meta.dirname}"; expected the path of a readable PEM file.`,
  ],
])('%s=%s is refused, and the message says what was expected', (name, value, problem) => {
  expect(problemsOf({ ...MINIMAL, [name]: value })).toEqual([problem])
})

test('all problems are reported at once, in one line', () => {
  const env = { PORT: 'x', LOG_LEVEL: 'loud', BATCH_SIZE: '0' }
  expect(problemsOf(env).map((problem) => problem.split(' ')[0])).toEqual([
    'DATABASE_URL',
    'PORT',
    'BATCH_SIZE',
    'LOG_LEVEL',
  ])
  expect(() => loadConfig(env)).toThrow(/^Cannot start: [^\n]+ Variables are listed in \.env\.example\.$/)
})

test.each([
  'mysql://user:hunter2@localhost/db',
  'mysql://user:hun/ter2@localhost/db',
  'mysql://us@er:hunter2@localhost/db',
  'postgres//user:hunter2@localhost/db',
  'user:hunter2@localhost',
  'hunter2@localhost',
  'mysql://localhost/db?user=me&password=hunter2',
])('a password in a wrong address is not shown: %s', (url) => {
  for (const name of ['DATABASE_URL', 'REDIS_URL']) {
    const [problem = ''] = problemsOf({ ...MINIMAL, [name]: url })
    expect(problem).toMatch(new RegExp(`^${name} is ".*localhost.*"; expected`))
    expect(problem).not.toMatch(/hun|ter2/)
  }
})

test('a key pasted in place of the path to its file is not shown', () => {
  const key = '{"type": "service_account", "private_key": "-----BEGIN PRIVATE KEY-----\\nMIIE"}'
  expect(problemsOf({ ...MINIMAL, GOOGLE_APPLICATION_CREDENTIALS: key })).toEqual([
    'GOOGLE_APPLICATION_CREDENTIALS is a text instead of a path; expected the path of a readable service account file.',
  ])
})

test('the SDK is refused with an endpoint it cannot reach', () => {
  const env = { ...MINIMAL, FCM_SENDER: 'firebase-admin', FCM_ENDPOINT: 'https://localhost:1' }
  expect(problemsOf(env)).toEqual([
    expect.stringMatching(/^FCM_SENDER is "firebase-admin" and FCM_ENDPOINT is/),
  ])
  expect(problemsOf({ ...env, FCM_ENDPOINT: 'https://fcm.googleapis.com' })).toEqual([])
})

test("Google's endpoint needs a project or a service account", () => {
  const { DATABASE_URL } = MINIMAL
  expect(problemsOf({ DATABASE_URL })).toEqual([
    expect.stringMatching(
      /^GOOGLE_APPLICATION_CREDENTIALS is not set and FCM_ENDPOINT is Google's; expected/,
    ),
  ])
  const file = join(import.meta.dirname, '../../package.json')
  expect(problemsOf({ DATABASE_URL, GOOGLE_APPLICATION_CREDENTIALS: file })).toEqual([])
  expect(problemsOf({ DATABASE_URL, FCM_ENDPOINT: 'https://localhost:1' })).toEqual([])
  // npm run migrate and npm run key come before that.
  expect(loadConfig({ DATABASE_URL }, { needsFcm: false }).database.url).toBe(DATABASE_URL)
})

test('stopping must outlive a request', () => {
  expect(problemsOf({ ...MINIMAL, STOP_TIMEOUT_MS: '10000' })).toEqual([
    'STOP_TIMEOUT_MS is 10000 and FCM_REQUEST_TIMEOUT_MS is 10000; the stop timeout must be longer than one request.',
  ])
  expect(problemsOf({ ...MINIMAL, STOP_TIMEOUT_MS: '10001' })).toEqual([])
})

test('the configuration cannot be changed', () => {
  const config = loadConfig(MINIMAL)
  expect(() => Object.assign(config, { logLevel: 'debug' })).toThrow(TypeError)
  expect(() => Object.assign(config.http, { port: 1 })).toThrow(TypeError)
})

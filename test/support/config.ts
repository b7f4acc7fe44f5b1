/**
 * The environment of a test, with times so short that nothing has to be waited for; but those after which work is given
 * up are so long that no slow machine and no gate held for a while reaches them. A test of what happens then says how
 * soon, or has the time pass. FCM is at a closed port: a test that sends says where to.
 */
import { type Config, loadConfig } from '../../src/config/config.ts'

export type TestEnv = Record<string, string>

const FAST: TestEnv = {
  DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none',
  DATABASE_POOL_SIZE: '4',
  DATABASE_POOL_WAIT_MS: '30000',
  FCM_ENDPOINT: 'https://127.0.0.1:1',
  FCM_PROJECT_ID: 'carillon-test',
  FCM_MESSAGES_PER_MINUTE: 'unlimited',
  FCM_RAMP_SECONDS: '0',
  FCM_REQUEST_TIMEOUT_MS: '60000',
  BATCH_LEASE_MS: '120000',
  RETRY_FIRST_DELAY_MS: '20',
  FCM_BREAKER_WAIT_MS: '100',
  MAINTENANCE_INTERVAL_MS: '50',
  STOP_TIMEOUT_MS: '70000',
  PORT: '0',
  LOG_LEVEL: 'silent',
}

/** For child processes: `spawn(…, { env: testEnv({ DATABASE_URL: database.url }) })`. PATH is kept, nothing else. */
export function testEnv(overrides: Record<string, string | number | null> = {}): TestEnv {
  const given = Object.entries(overrides).flatMap(([name, value]) =>
    value === null ? [] : [[name, String(value)]],
  )
  const unset = new Set(Object.keys(overrides).filter((name) => overrides[name] === null))
  const fast = Object.entries(FAST).filter(([name]) => !unset.has(name))
  return Object.fromEntries([['PATH', process.env.PATH ?? ''], ...fast, ...given])
}

/** Overrides by variable name; null unsets. */
export function testConfig(overrides: Record<string, string | number | null> = {}): Config {
  return loadConfig(testEnv(overrides))
}

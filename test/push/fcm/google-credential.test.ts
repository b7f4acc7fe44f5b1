/**
 * The real SDK and Google's real auth library, against a token service on this machine: workload identity lets the
 * credentials file say where tokens are to be had.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { expect, onTestFinished, test, vi } from 'vitest'
import { createSender } from '../../../src/push/create-sender.ts'
import { mintGoogleToken } from '../../../src/push/fcm/google-credential.ts'
import { startFakeFcm } from '../../../testing/fake-fcm/fake-fcm.ts'
import { startTokenService } from '../../../testing/fake-fcm/token-service.ts'
import { testConfig } from '../../support/config.ts'
import { send, tokens } from './push-sender-contract.ts'

const mint = (file: string | null) =>
  mintGoogleToken({ file, proxy: null, isTrusted: true }, new AbortController().signal)

async function setup(options?: Parameters<typeof startTokenService>[0]) {
  const service = await startTokenService(options)
  for (const [name, value] of Object.entries(service.env)) vi.stubEnv(name, value)
  onTestFinished(() => void vi.unstubAllEnvs())
  onTestFinished(() => service.close())
  return service
}

test('a token is minted each time, with the time it expires', async () => {
  await setup()
  const first = await mint(null)
  expect(first.token).toBe('minted-1')
  expect(first.expiresAt - Date.now()).toBeGreaterThan(3_500_000)
  expect(first.expiresAt - Date.now()).toBeLessThanOrEqual(3_600_000)
  expect((await mint(null)).token).toBe('minted-2')
})

test('a project with credentials of its own gets tokens with those, each time anew', async () => {
  await setup()
  const shop = await startTokenService()
  onTestFinished(() => shop.close())
  const file = shop.env.GOOGLE_APPLICATION_CREDENTIALS as string
  const first = await mint(file)
  expect(first.token).toBe('minted-1')
  expect(first.expiresAt - Date.now()).toBeGreaterThan(3_500_000)
  expect((await mint(file)).token).toBe('minted-2')
  expect((await mint(null)).token, 'from the environment').toBe('minted-1')
})

test('a key that cannot sign is refused, with the name of its file', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'carillon-test-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  const file = join(directory, 'key.json')
  writeFileSync(file, JSON.stringify({ type: 'service_account', client_email: 'a@b.c', private_key: 'none' }))
  await expect(mint(file)).rejects.toMatchObject({
    name: 'CredentialError',
    isRefused: true,
    message: expect.stringContaining(`Check ${file}`),
  })
})

test('a credential that Google refuses is told from a Google that is not reached', async () => {
  const { stop } = await setup({ isRefusing: true })
  await expect(mint(null)).rejects.toMatchObject({
    name: 'CredentialError',
    isRefused: true,
    message: expect.stringContaining('Check GOOGLE_APPLICATION_CREDENTIALS'),
  })
  await stop()
  await expect(mint(null)).rejects.toMatchObject({
    name: 'CredentialError',
    isRefused: false,
    message: expect.stringMatching(
      /^The token service 127\.0\.0\.1:\d+ could not be reached: .*ECONNREFUSED.*Check that this machine can connect to 127/,
    ),
  })
})

test('a token that FCM refuses before its time is replaced, though Google’s library would keep it', async () => {
  const service = await setup()
  const fake = await startFakeFcm({ bearers: ['minted-2'] })
  onTestFinished(() => fake.close())
  const sender = createSender(
    testConfig({
      ...service.env,
      FCM_ENDPOINT: fake.origin,
      FCM_CA_FILE: fake.caFile,
    }).fcm,
    pino({ level: 'silent' }),
  )
  onTestFinished(() => sender.close())
  await sender.warmUp()
  expect(await send(sender, { tokens: tokens(2) })).toMatchObject(
    Array(2).fill({ kind: 'retry_later', code: 'credential_refused', afterMs: 0 }),
  )
  expect(await send(sender, { tokens: tokens(2) })).toMatchObject(Array(2).fill({ kind: 'sent' }))
  expect(service.next).toBe('minted-3')
})

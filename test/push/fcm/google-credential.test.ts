/**
 * The real SDK and Google's real auth library, against a token service on this machine: workload identity lets the
 * credentials file say where tokens are to be had.
 */
import { pino } from 'pino'
import { expect, onTestFinished, test, vi } from 'vitest'
import { createSender } from '../../../src/push/create-sender.ts'
import { mintGoogleToken } from '../../../src/push/fcm/google-credential.ts'
import { startFakeFcm } from '../../../testing/fake-fcm/fake-fcm.ts'
import { testConfig } from '../../support/config.ts'
import { startTokenService } from '../../support/token-service.ts'
import { send, tokens } from './push-sender-contract.ts'

async function setup(options?: Parameters<typeof startTokenService>[0]) {
  const service = await startTokenService(options)
  for (const [name, value] of Object.entries(service.env)) vi.stubEnv(name, value)
  onTestFinished(() => void vi.unstubAllEnvs())
  onTestFinished(() => service.close())
  return service
}

test('a token is minted each time, with the time it expires', async () => {
  await setup()
  const first = await mintGoogleToken()
  expect(first.token).toBe('minted-1')
  expect(first.expiresAt - Date.now()).toBeGreaterThan(3_500_000)
  expect(first.expiresAt - Date.now()).toBeLessThanOrEqual(3_600_000)
  expect((await mintGoogleToken()).token).toBe('minted-2')
})

test('a credential that Google refuses is told from a Google that is not reached', async () => {
  const { stop } = await setup({ isRefusing: true })
  await expect(mintGoogleToken()).rejects.toMatchObject({
    name: 'CredentialError',
    isRefused: true,
    message: expect.stringContaining('Check GOOGLE_APPLICATION_CREDENTIALS'),
  })
  await stop()
  await expect(mintGoogleToken()).rejects.toMatchObject({ name: 'CredentialError', isRefused: false })
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

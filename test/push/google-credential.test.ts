/**
 * The real SDK and Google's real auth library, against a token service on this machine: workload identity lets the
 * credentials file say where tokens are to be had.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { expect, onTestFinished, test, vi } from 'vitest'
import { startFakeFcm } from '../../load/fake-fcm/fake-fcm.ts'
import { createSender } from '../../src/push/create-sender.ts'
import { mintGoogleToken } from '../../src/push/google-credential.ts'
import { testConfig } from '../support/config.ts'
import { send, tokens } from './push-sender-contract.ts'

/** Gives out minted-1, minted-2, …; or answers with the status given. */
async function setup({ status = 200 } = {}) {
  let minted = 0
  const server = createServer((request, response) => {
    request.resume()
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(
      JSON.stringify(
        status === 200
          ? {
              access_token: `minted-${++minted}`,
              issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
              token_type: 'Bearer',
              expires_in: 3600,
            }
          : { error: 'invalid_grant', error_description: 'The account is disabled.' },
      ),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const close = () => new Promise((resolve) => server.close(resolve))
  onTestFinished(() => void close())
  const directory = mkdtempSync(join(tmpdir(), 'carillon-test-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  const file = join(directory, 'credentials.json')
  writeFileSync(join(directory, 'subject'), 'subject-token')
  writeFileSync(
    file,
    JSON.stringify({
      type: 'external_account',
      audience: '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/x',
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      token_url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`,
      credential_source: { file: join(directory, 'subject') },
    }),
  )
  vi.stubEnv('GOOGLE_APPLICATION_CREDENTIALS', file)
  // Otherwise the library asks Google for the project's name.
  vi.stubEnv('GOOGLE_CLOUD_PROJECT', 'demo-carillon')
  onTestFinished(() => void vi.unstubAllEnvs())
  return { file, close, minted: () => minted }
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
  const { close } = await setup({ status: 400 })
  await expect(mintGoogleToken()).rejects.toMatchObject({
    name: 'CredentialError',
    isRefused: true,
    message: expect.stringContaining('Check GOOGLE_APPLICATION_CREDENTIALS'),
  })
  await close()
  await expect(mintGoogleToken()).rejects.toMatchObject({ name: 'CredentialError', isRefused: false })
})

test('a token that FCM refuses before its time is replaced, though Google’s library would keep it', async () => {
  const { file, minted } = await setup()
  const fake = await startFakeFcm({ bearers: ['minted-2'] })
  onTestFinished(() => fake.close())
  const sender = createSender(
    testConfig({
      GOOGLE_APPLICATION_CREDENTIALS: file,
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
  expect(minted()).toBe(2)
})

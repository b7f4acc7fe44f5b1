/** Google's access tokens, and what they are had for, go to Google and to nobody else, unless the operator says so. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createSecureServer } from 'node:http2'
import type { AddressInfo, Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { createSender } from '../../../src/push/create-sender.ts'
import { mintGoogleToken } from '../../../src/push/fcm/google-credential.ts'
import { isGoogleAddress, needsGoogleToken } from '../../../src/push/fcm/google-hosts.ts'
import { makeCertificate } from '../../../testing/fake-fcm/certificate.ts'
import { startFakeFcm } from '../../../testing/fake-fcm/fake-fcm.ts'
import { startTokenService } from '../../../testing/fake-fcm/token-service.ts'
import { testConfig } from '../../support/config.ts'
import { send, tokens } from './push-sender-contract.ts'

function fileWith(content: unknown): string {
  const directory = mkdtempSync(join(tmpdir(), 'carillon-test-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  const file = join(directory, 'file')
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content))
  return file
}

async function listening(server: Server, scheme: string): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function setup(env: Record<string, string | null> = {}) {
  const service = await startTokenService()
  onTestFinished(() => service.close())
  // Google's library reads it itself.
  for (const [name, value] of Object.entries(service.env)) vi.stubEnv(name, value)
  onTestFinished(() => void vi.unstubAllEnvs())
  const fake = await startFakeFcm({ bearers: ['owner', 'minted-1'], project: 'carillon-test' })
  onTestFinished(() => fake.close())
  const lines: string[] = []
  const log = pino({ level: 'info' }, { write: (line) => void lines.push(line) })
  const sender = createSender(
    testConfig({ ...service.env, FCM_ENDPOINT: fake.origin, FCM_CA_FILE: fake.caFile, ...env }).fcm,
    log,
  )
  onTestFinished(() => sender.close())
  const outcomes = await send(sender, { tokens: tokens(2) })
  expect(outcomes.map((outcome) => outcome?.kind)).toEqual(['sent', 'sent'])
  return { service, said: lines.join('') }
}

describe('an endpoint that is not Google’s', () => {
  test.each([null, 'false'])(
    'gets the bearer of emulators, and no token is fetched (%s)',
    async (trusted) => {
      const { service, said } = await setup({ FCM_ENDPOINT_TRUSTED: trusted })
      expect(service.next).toBe('minted-1')
      expect(said).toMatch(/which is not Google's, and gets the bearer of emulators, \\"owner\\"/)
      expect(said).toContain('set FCM_ENDPOINT_TRUSTED=true')
    },
  )

  test('gets a token only if the operator says so, and the log says that', async () => {
    const { service, said } = await setup({ FCM_ENDPOINT_TRUSTED: 'true' })
    expect(service.next).toBe('minted-2')
    expect(said).toContain("and gets Google's access tokens all the same: FCM_ENDPOINT_TRUSTED is true")
  })

  test.each([
    'https://fcm.googleapis.com.evil.example',
    'https://fcm.googleapis.com.',
    'https://fcm.googleapis.com:8443',
    'https://evil-fcm.googleapis.com',
    'https://googleapis.com',
    'https://fcm.googleapis.com%2eevil.example',
    'https://fcm。googleapis。com.evil.example',
    'https://ｆcm.googleapis.com.evil',
  ])('is also %s', (endpoint) => {
    const file = fileWith({ type: 'service_account', private_key: 'x', client_email: 'y' })
    const { fcm } = testConfig({ FCM_ENDPOINT: endpoint, GOOGLE_APPLICATION_CREDENTIALS: file })
    expect(fcm.isGoogle).toBe(false)
    expect(needsGoogleToken(fcm)).toBe(false)
  })

  test.each(['https://fcm.googleapis.com', 'https://FCM.googleapis.com/', 'https://fcm.googleapis.com:443'])(
    'is not %s',
    (endpoint) => {
      expect(testConfig({ FCM_ENDPOINT: endpoint }).fcm.isGoogle).toBe(true)
    },
  )

  test('is not followed to where it redirects', async () => {
    const other = await startFakeFcm({ bearers: ['owner', 'minted-1'], project: 'carillon-test' })
    onTestFinished(() => other.close())
    const certificate = makeCertificate()
    const server = createSecureServer(certificate, (_request, response) => {
      response.writeHead(307, { location: `${other.origin}/v1/projects/carillon-test/messages:send` }).end()
    })
    const origin = await listening(server as unknown as Server, 'https')
    const caFile = fileWith(`${certificate.cert}\n${readFileSync(other.caFile, 'utf8')}`)
    const { fcm } = testConfig({ FCM_ENDPOINT: origin, FCM_CA_FILE: caFile })
    const sender = createSender(fcm, pino({ level: 'silent' }))
    onTestFinished(() => sender.close())
    const [outcome] = await send(sender, { tokens: tokens(1) })
    expect(outcome?.kind).not.toBe('sent')
    expect(other.stats().received).toBe(0)
  })
})

describe('a credentials file', () => {
  const ACCOUNT = { type: 'service_account', project_id: 'p', client_email: 'a@b.c', private_key: 'secret' }
  const openWith = (content: object, env: Record<string, string> = {}) => {
    const file = fileWith(content)
    const { fcm } = testConfig({ FCM_ENDPOINT: null, GOOGLE_APPLICATION_CREDENTIALS: file, ...env })
    const sender = createSender(fcm, pino({ level: 'silent' }))
    onTestFinished(() => sender.close())
    return file
  }

  test.each<[string, object, string]>([
    ['token_uri', { ...ACCOUNT, token_uri: 'https://tokens.example/token' }, 'https://tokens.example/token'],
    [
      'token_uri',
      { ...ACCOUNT, token_uri: 'http://oauth2.googleapis.com/token' },
      'http://oauth2.googleapis.com',
    ],
    ['token_uri', { ...ACCOUNT, token_uri: '' }, '""'],
    ['universe_domain', { ...ACCOUNT, universe_domain: 'evil.example' }, 'evil.example'],
    [
      'service_account_impersonation_url',
      {
        type: 'external_account',
        token_url: 'https://sts.googleapis.com/v1/token',
        service_account_impersonation_url: 'https://iamcredentials.googleapis.com.evil.example/v1',
      },
      'https://iamcredentials.googleapis.com.evil.example/v1',
    ],
    [
      'token_url',
      { type: 'impersonated_service_account', source_credentials: { token_url: 'https://x@evil.example/' } },
      'https://x@evil.example/',
    ],
  ])('whose %s is not Google’s stops the start: %j', (field, content, value) => {
    const open = () => openWith(content, { FCM_PROJECT_ID: 'ppp' })
    expect(open).toThrow(`has the ${field} `)
    expect(open).toThrow(value)
    expect(open).toThrow('set FCM_ENDPOINT_TRUSTED=true')
    expect(open).not.toThrow('secret')
    expect(() => openWith(content, { FCM_PROJECT_ID: 'ppp', FCM_ENDPOINT_TRUSTED: 'true' })).not.toThrow()
  })

  test('as Google writes it is taken', () => {
    openWith({
      ...ACCOUNT,
      token_uri: 'https://oauth2.googleapis.com/token',
      universe_domain: 'googleapis.com',
    })
    openWith({ ...ACCOUNT, token_uri: 'https://accounts.google.com/o/oauth2/token' })
    openWith({
      type: 'external_account',
      project_id: 'p',
      token_url: 'https://sts.us-east1.rep.googleapis.com/v1',
    })
  })

  test('that was exchanged after the start is looked at before each token', async () => {
    const service = await startTokenService()
    onTestFinished(() => service.close())
    const file = service.env.GOOGLE_APPLICATION_CREDENTIALS as string
    for (const from of [{ file }, { file: null, environmentFile: file }]) {
      const minting = mintGoogleToken({ ...from, proxy: null }, new AbortController().signal)
      await expect(minting).rejects.toMatchObject({
        name: 'CredentialError',
        isRefused: true,
        message: expect.stringContaining('has the token_url'),
      })
    }
    expect(service.next).toBe('minted-1')
  })

  test('that is no JSON any more is said without a word of it', async () => {
    const file = fileWith('PRIVATE')
    const minting = mintGoogleToken({ file, proxy: null }, new AbortController().signal)
    await expect(minting).rejects.toThrow('is not JSON')
    await expect(minting).rejects.not.toThrow('PRIVATE')
  })

  test('is not sent on by a token service that redirects', async () => {
    const asked: string[] = []
    const other = createServer((request, response) => {
      asked.push(request.url ?? '')
      response.end('{}')
    })
    const otherOrigin = await listening(other, 'http')
    const redirecting = createServer((_request, response) => {
      response.writeHead(307, { location: `${otherOrigin}/token` }).end()
    })
    const origin = await listening(redirecting, 'http')
    const subject = fileWith('subject-token')
    const file = fileWith({
      type: 'external_account',
      audience: '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/x',
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      token_url: `${origin}/token`,
      credential_source: { file: subject },
    })
    const minting = mintGoogleToken({ file, isTrusted: true, proxy: null }, new AbortController().signal)
    await expect(minting).rejects.toMatchObject({ name: 'CredentialError' })
    expect(asked).toEqual([])
  })
})

test.each([
  ['https://oauth2.googleapis.com/token', true],
  ['https://sts.googleapis.com/v1/token', true],
  ['https://oauth2.googleapis.com:8443/token', false],
  ['https://oauth2.googleapis.com@evil.example/', false],
  ['https://evil.example/oauth2.googleapis.com', false],
  ['https://notgoogleapis.com/', false],
  ['https://evil.example#.googleapis.com', false],
  ['javascript:alert(1)', false],
  [undefined, false],
])('%s is an address of Google: %s', (address, is) => {
  expect(isGoogleAddress(address)).toBe(is)
})

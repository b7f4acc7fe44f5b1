/** Senders while the token service hangs, refuses or is slow: both must stop at once when their batch is stopped. */
import { readFileSync } from 'node:fs'
import { pino } from 'pino'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { MintedToken } from '../../../src/push/fcm/access-token.ts'
import { CredentialError } from '../../../src/push/fcm/access-token.ts'
import { FcmHttp2Sender } from '../../../src/push/fcm/fcm-http2-sender.ts'
import { mintGoogleToken } from '../../../src/push/fcm/google-credential.ts'
import { FirebaseAdminSender } from '../../../src/push/fcm/sdk/firebase-admin-sender.ts'
import { redirectSdk } from '../../../testing/fake-fcm/redirect-sdk.ts'
import { startTokenService } from '../../../testing/fake-fcm/token-service.ts'
import { until } from '../../support/until.ts'
import { accessTokenFrom } from './access-token-from.ts'
import { type OpenSender, send, setup, tokens } from './push-sender-contract.ts'

const log = pino({ level: 'silent' })
const NOT_SENT = { kind: 'retry_later', code: 'connection_failed', scope: 'device' }
const openHttp2: OpenSender = (fake, settings) =>
  new FcmHttp2Sender({
    ...settings,
    firstLimit: settings.concurrency,
    origin: fake.origin,
    ca: readFileSync(fake.caFile),
    projectId: 'demo-carillon',
    log,
  })
const openAdmin: OpenSender = (fake, settings) => {
  onTestFinished(redirectSdk(fake))
  return new FirebaseAdminSender({ ...settings, projectId: 'demo-carillon', log })
}

function hanging() {
  let asked = 0
  const accessToken = accessTokenFrom(() => {
    asked++
    return new Promise<MintedToken>(() => {})
  })
  return { accessToken, asked: () => asked }
}

describe.each([
  ['fcm-http2', openHttp2],
  ['firebase-admin', openAdmin],
])('%s', (_, openSender) => {
  test('a batch that waits for a token ends when it is stopped, without reports', async () => {
    const { accessToken, asked } = hanging()
    const { sender } = await setup(openSender, { accessToken })
    const pause = new AbortController()
    const sending = send(sender, { tokens: tokens(250) }, pause.signal)
    await until(() => asked() === 1, { what: 'a token is asked for' })
    const pausedAt = performance.now()
    pause.abort()
    expect(await sending).toEqual(Array(250).fill(undefined))
    expect(performance.now() - pausedAt).toBeLessThan(1_000)
    expect(asked()).toBe(1)
  })

  test('closing the sender ends a batch that waits for a token', async () => {
    const { accessToken, asked } = hanging()
    const { sender } = await setup(openSender, { accessToken })
    const sending = send(sender, { tokens: tokens(3) })
    await until(() => asked() === 1, { what: 'a token is asked for' })
    const closedAt = performance.now()
    await sender.close()
    await sending
    expect(performance.now() - closedAt).toBeLessThan(1_000)
  })

  test('a token service that fails at once is asked once, however many messages want a token', async () => {
    let asked = 0
    const accessToken = accessTokenFrom(async () => {
      asked++
      throw new CredentialError('away', false)
    })
    const { sender } = await setup(openSender, { accessToken })
    expect(await send(sender, { tokens: tokens(500) })).toEqual(Array(500).fill(NOT_SENT))
    expect(asked).toBe(1)
  })

  test('a valid token is used while its renewal hangs', async () => {
    let asked = 0
    const accessToken = accessTokenFrom(() => {
      asked++
      const almostExpired = { token: 'owner', expiresAt: Date.now() + 4 * 60_000 }
      return asked === 1 ? Promise.resolve(almostExpired) : new Promise<MintedToken>(() => {})
    })
    await accessToken.get()
    // Half of its time has passed: it is renewed.
    accessToken.get(Date.now() + 3 * 60_000)
    expect(asked).toBe(2)
    const { fake, sender } = await setup(openSender, { accessToken })
    const outcomes = await send(sender, { tokens: tokens(50) })
    expect(outcomes.every((outcome) => outcome?.kind === 'sent')).toBe(true)
    expect(fake.stats().accepted).toBe(50)
  })
})

test('a batch that waits behind others ends as well when it is stopped', async () => {
  const { accessToken } = hanging()
  const { sender } = await setup(openHttp2, { accessToken, concurrency: 10 })
  const first = new AbortController()
  const second = new AbortController()
  const sendingFirst = send(sender, { tokens: tokens(20) }, first.signal)
  const sendingSecond = send(sender, { tokens: tokens(20) }, second.signal)
  const pausedAt = performance.now()
  second.abort()
  expect(await sendingSecond).toEqual(Array(20).fill(undefined))
  expect(performance.now() - pausedAt).toBeLessThan(1_000)
  first.abort()
  await sendingFirst
})

test('after a slow token service all messages are sent', async () => {
  const answer = Promise.withResolvers<MintedToken>()
  const { sender } = await setup(openHttp2, { accessToken: accessTokenFrom(() => answer.promise) })
  const sending = send(sender, { tokens: tokens(50) })
  answer.resolve({ token: 'owner', expiresAt: Number.POSITIVE_INFINITY })
  expect((await sending).every((outcome) => outcome?.kind === 'sent')).toBe(true)
})

test.each([{ isSilent: true }, { isSlow: true }])(
  "Google's library ends its request to a token service with %j when the mint is aborted",
  async (options) => {
    const service = await startTokenService(options)
    onTestFinished(() => service.close())
    const file = service.env.GOOGLE_APPLICATION_CREDENTIALS as string
    const abort = new AbortController()
    const minting = mintGoogleToken({ file, proxy: null, isTrusted: true }, abort.signal)
    minting.catch(() => {})
    await until(() => service.openRequests() === 1, { what: 'the request has arrived' })
    abort.abort()
    await expect(minting).rejects.toMatchObject({ name: 'CredentialError', isRefused: false })
    await until(() => service.openRequests() === 0, { what: 'the request has ended' })
  },
)

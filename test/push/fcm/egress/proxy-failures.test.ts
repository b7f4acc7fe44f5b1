/** FCM and the token service through an HTTP proxy, and each way in which a proxy can fail. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { fileURLToPath } from 'node:url'
import { pino } from 'pino'
import { expect, onTestFinished, test, vi } from 'vitest'
import { createSender } from '../../../../src/push/create-sender.ts'
import { mintGoogleToken } from '../../../../src/push/fcm/google-credential.ts'
import { makeCertificate } from '../../../../testing/fake-fcm/certificate.ts'
import { startFakeFcm } from '../../../../testing/fake-fcm/fake-fcm.ts'
import { startTokenService } from '../../../../testing/fake-fcm/token-service.ts'
import { testConfig, testEnv } from '../../../support/config.ts'
import { startConnectProxy } from '../../../support/connect-proxy.ts'
import { until } from '../../../support/until.ts'
import { send, tokens } from '../push-sender-contract.ts'

const NOT_SENT = { kind: 'retry_later', code: 'connection_failed', scope: 'device' }

async function setup(FCM_PROXY: string, env: Record<string, string> = {}, maxStreams = 100) {
  const fake = await startFakeFcm({ maxStreams })
  onTestFinished(() => fake.close())
  const lines: string[] = []
  const config = testConfig({ FCM_ENDPOINT: fake.origin, FCM_CA_FILE: fake.caFile, FCM_PROXY, ...env })
  const sender = createSender(config.fcm, pino({}, { write: (line: string) => void lines.push(line) }))
  onTestFinished(() => sender.close())
  return { fake, sender, lines, authority: new URL(fake.origin).host }
}

test('messages are sent through the proxy, with user and password', async () => {
  const proxy = await startConnectProxy({ credentials: 'user:p@ss' })
  const { fake, sender, authority } = await setup(`http://user:p%40ss@${proxy.host}`)
  const outcomes = await send(sender, { tokens: tokens(250) })
  expect(outcomes.every((outcome) => outcome?.kind === 'sent')).toBe(true)
  expect(new Set(proxy.targets)).toEqual(new Set([authority]))
  // The last one may still be shaking hands when the others have sent everything.
  await until(() => fake.stats().sessionsOpened === proxy.targets.length, {
    what: 'each connection through the proxy is a session',
  })
  await sender.close()
  await until(() => proxy.connections() === 0, { what: 'no connection to the proxy is left' })
})

test.each([
  [
    { credentials: 'user:right' },
    'user:wrong@',
    'refuses the user and password in its address (407); correct them',
  ],
  [
    { credentials: 'user:right' },
    '',
    'asks for a user and password (407); set it as http://user:password@host:port',
  ],
  [{ refusal: 403 }, '', 'does not allow connections to AUTHORITY (403); have that host allowed'],
  [{ refusal: 502 }, '', 'answered 502 when asked to connect to AUTHORITY'],
])('a proxy with %j, asked with %j: %s', async (options, credentials, problem) => {
  const proxy = await startConnectProxy(options)
  const { fake, sender, lines, authority } = await setup(`http://${credentials}${proxy.host}`)
  expect(await send(sender, { tokens: tokens(2) })).toEqual([NOT_SENT, NOT_SENT])
  expect(fake.stats().sessionsOpened).toBe(0)
  const log = lines.join('')
  expect(log).toContain(`the proxy ${proxy.host} ${problem.replace('AUTHORITY', authority)}`)
  expect(log.match(/no connection to FCM/g)).toHaveLength(1)
  expect(log).not.toContain('wrong')
  await until(() => proxy.connections() === 0, { what: 'no connection to the proxy is left' })
})

test('a proxy that cannot be reached', async () => {
  const proxy = await startConnectProxy()
  await proxy.close()
  const { sender, lines } = await setup(proxy.url)
  expect(await send(sender, { tokens: tokens(1) })).toEqual([NOT_SENT])
  expect(lines.join('')).toContain(`the proxy ${proxy.host} cannot be used: connect ECONNREFUSED`)
})

test('a proxy that never answers: its deadline, and none after the batch is stopped', async () => {
  const proxy = await startConnectProxy({ isSilent: true })
  const { sender, lines } = await setup(proxy.url, { FCM_REQUEST_TIMEOUT_MS: '500' })
  expect(await send(sender, { tokens: tokens(1) })).toEqual([NOT_SENT])
  await until(() => lines.length > 0, { what: 'the failure is logged' })
  expect(lines.join('')).toContain(`the proxy ${proxy.host} did not answer within 500 ms`)
  const slow = await setup(proxy.url)
  const pause = new AbortController()
  const sending = send(slow.sender, { tokens: tokens(1) }, pause.signal)
  await until(() => proxy.targets.length === 2, { what: 'the proxy is asked' })
  pause.abort()
  expect(await sending).toEqual([undefined])
  await slow.sender.close()
  await until(() => proxy.connections() === 0, { what: 'no connection to the proxy is left' })
})

test('a proxy whose tunnel breaks while messages are in flight leaves them in doubt', async () => {
  const proxy = await startConnectProxy()
  const { fake, sender } = await setup(proxy.url)
  const gate = fake.hold()
  const sending = send(sender, { tokens: tokens(3) })
  await gate.waitForHeld(3)
  await proxy.close()
  expect(await sending).toEqual(Array(3).fill({ kind: 'in_doubt', code: 'answer_lost' }))
})

test('a connection that fails does not fail messages that another one can send', async () => {
  const proxy = await startConnectProxy()
  const { fake, sender } = await setup(proxy.url, {}, 1)
  await send(sender, { tokens: tokens(1) })
  proxy.refuse(503)
  const gate = fake.hold()
  const sending = send(sender, { tokens: tokens(5) })
  await until(() => proxy.targets.length > 1 && proxy.connections() === 1, { what: 'the second has failed' })
  gate.open()
  expect((await sending).every((outcome) => outcome?.kind === 'sent')).toBe(true)
})

test('a proxy that allows one connection is asked for another once a second, and messages wait for the first', async () => {
  const proxy = await startConnectProxy()
  const { fake, sender } = await setup(proxy.url, {}, 10)
  await send(sender, { tokens: tokens(1) })
  proxy.refuse(503)
  const gate = fake.hold()
  const first = send(sender, { tokens: tokens(100) })
  await until(() => proxy.targets.length > 1 && proxy.connections() === 1, { what: 'no other is opened' })
  const asked = proxy.targets.length
  await gate.waitForHeld(10)
  // From here on no more are started than there are streams.
  const second = send(sender, { tokens: tokens(500) })
  expect(sender.load.waiting).toBe(500)
  gate.open()
  const outcomes = [await first, await second].flat()
  expect(outcomes.filter((outcome) => outcome?.kind !== 'sent')).toEqual([])
  // Each of the 60 rounds would ask for nine more.
  expect(proxy.targets.length).toBeLessThan(asked + 20)
  proxy.refuse()
  const isAnother = async () => {
    await send(sender, { tokens: tokens(100) })
    return proxy.connections() > 1
  }
  await until(isAnother, { what: 'another is opened, since it is allowed again' })
})

test('an idle connection through a proxy does not keep its process alive', async () => {
  const proxy = await startConnectProxy()
  const { fake } = await setup(proxy.url)
  const file = fileURLToPath(new URL('../send-and-idle.ts', import.meta.url))
  const env = testEnv({ FCM_ENDPOINT: fake.origin, FCM_CA_FILE: fake.caFile, FCM_PROXY: proxy.url })
  const [code] = await once(fork(file, { env }), 'exit')
  expect(code).toBe(0)
  expect(fake.stats().accepted).toBe(1)
})

/** A token service that speaks https, as Google's do, and whose certificate this process trusts. */
async function startTlsTokenService() {
  const certificate = makeCertificate()
  const trusted = getCACertificates('default')
  setDefaultCACertificates([...trusted, certificate.cert])
  onTestFinished(() => setDefaultCACertificates(trusted))
  const service = await startTokenService({ certificate })
  onTestFinished(() => service.close())
  return { file: service.env.GOOGLE_APPLICATION_CREDENTIALS as string, host: new URL(service.origin).host }
}

const own = (url: string) => ({ url, isOwn: true, exceptions: [] })

test('tokens are fetched through the proxy', async () => {
  const { file, host } = await startTlsTokenService()
  const proxy = await startConnectProxy({ credentials: 'user:secret' })
  const { signal } = new AbortController()
  expect(await mintGoogleToken({ file, isTrusted: true, proxy: own(proxy.url) }, signal)).toMatchObject({
    token: 'minted-1',
  })
  expect(proxy.targets).toEqual([host])
  await until(() => proxy.connections() === 0, { what: 'no connection to the proxy is left' })
})

test('a proxy that is only in variables which are not read here is not used for tokens either', async () => {
  const { file } = await startTlsTokenService()
  const proxy = await startConnectProxy()
  for (const name of ['HTTP_PROXY', 'http_proxy', 'HTTPS_PROXY']) vi.stubEnv(name, proxy.url)
  onTestFinished(() => void vi.unstubAllEnvs())
  const { signal } = new AbortController()
  expect(await mintGoogleToken({ file, isTrusted: true, proxy: null }, signal)).toMatchObject({
    token: 'minted-1',
  })
  expect(proxy.targets).toEqual([])
})

test('a proxy that refuses to fetch tokens is told from a refused credential', async () => {
  const { file, host } = await startTlsTokenService()
  const proxy = await startConnectProxy({ credentials: 'user:secret' })
  const minting = mintGoogleToken(
    { file, isTrusted: true, proxy: own(`http://user:wrong@${proxy.host}`) },
    new AbortController().signal,
  )
  await expect(minting).rejects.toMatchObject({
    name: 'CredentialError',
    isRefused: false,
    message: expect.stringMatching(
      `^The token service ${host} could not be reached: .*the proxy ${proxy.host} refuses the user and password in its address \\(407\\).*FCM_PROXY`,
    ),
  })
  await expect(minting).rejects.not.toThrow('wrong')
})

test('a proxy that never answers holds no token request after it is aborted', async () => {
  const { file } = await startTlsTokenService()
  const proxy = await startConnectProxy({ isSilent: true })
  const abort = new AbortController()
  const minting = mintGoogleToken({ file, isTrusted: true, proxy: own(proxy.url) }, abort.signal)
  minting.catch(() => {})
  await until(() => proxy.targets.length === 1, { what: 'the proxy is asked' })
  abort.abort()
  await expect(minting).rejects.toMatchObject({ name: 'CredentialError', isRefused: false })
  await until(() => proxy.connections() === 0, { what: 'no connection to the proxy is left' })
})

test('the sender firebase-admin refuses FCM_PROXY, which the SDK cannot use', () => {
  const { fcm } = testConfig({
    FCM_ENDPOINT: null,
    FCM_SENDER: 'firebase-admin',
    FCM_PROXY: 'http://proxy.example:3128',
  })
  expect(() => createSender(fcm, pino({ level: 'silent' }))).toThrow('firebase-admin cannot use FCM_PROXY')
})

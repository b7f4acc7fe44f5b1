/** FCM and the token service through the proxies that networks with a DMZ have. */
import { readFileSync } from 'node:fs'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { pino } from 'pino'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { FcmHttp2Sender } from '../../../../src/push/fcm/fcm-http2-sender.ts'
import { mintGoogleToken } from '../../../../src/push/fcm/google-credential.ts'
import { makeCertificate } from '../../../../testing/fake-fcm/certificate.ts'
import { spawnFakeFcm } from '../../../../testing/fake-fcm/spawn-fake-fcm.ts'
import { startTokenService } from '../../../../testing/fake-fcm/token-service.ts'
import type { Program } from '../../../support/program.ts'
import { until } from '../../../support/until.ts'
import { expectTrue, kindsOf, sendAll } from '../interop/send-all.ts'
import { bearer, tokens } from '../push-sender-contract.ts'
import { PASSWORDS, type ProxyName, startProxy, USER, whyNoProxy } from './start-proxy.ts'

vi.setConfig({ testTimeout: 60_000 })

const NOT_SENT = { kind: 'retry_later', code: 'connection_failed', scope: 'device' }
const credentialsOf = (name: ProxyName) => `${USER}:${encodeURIComponent(PASSWORDS[name])}@`
const portOf = (origin: string) => Number(new URL(origin).port)
const urlOf = ({ port }: Program, credentials: string) => `http://${credentials}127.0.0.1:${port}`

function testOf(name: ProxyName) {
  const reason = whyNoProxy(name)
  if (reason === undefined) return test
  console.warn(`skipped: ${reason}`)
  return test.skip
}

async function setup(name: ProxyName, requestTimeoutMs = 20_000) {
  const fake = await spawnFakeFcm({ latencyMs: [100, 250] })
  onTestFinished(() => fake.close())
  const start = async (port?: number) => {
    const proxy = await startProxy(name, {
      allowed: [portOf(fake.origin)],
      ...(port !== undefined && { port }),
    })
    onTestFinished(() => proxy.close())
    return proxy
  }
  const proxy = await start()
  const lines: string[] = []
  const open = (url = urlOf(proxy, credentialsOf(name)), origin = fake.origin) => {
    const sender = new FcmHttp2Sender({
      origin,
      ca: readFileSync(fake.caFile),
      proxy: new URL(url),
      projectId: 'demo-carillon',
      accessToken: bearer(),
      concurrency: 500,
      firstLimit: 500,
      requestTimeoutMs,
      log: pino({}, { write: (line: string) => void lines.push(line) }),
    })
    onTestFinished(() => sender.close())
    return sender
  }
  return { fake, proxy, start, open, lines }
}

describe.each(['squid', 'tinyproxy'] as const)('through %s', (name) => {
  const test = testOf(name)

  test('messages are sent at full rate, with user and password', async () => {
    const { fake, open } = await setup(name)
    const all = tokens(5_000)
    const outcomes = await sendAll(open(), all)
    await expectTrue(fake, all, outcomes)
    expect(kindsOf(outcomes)).toEqual({ sent: 5_000 })
    expect((await fake.stats()).sessionsOpened).toBe(5)
  })

  test('access tokens are fetched, with user and password', async () => {
    const certificate = makeCertificate()
    const trusted = getCACertificates('default')
    setDefaultCACertificates([...trusted, certificate.cert])
    onTestFinished(() => setDefaultCACertificates(trusted))
    const service = await startTokenService({ certificate })
    onTestFinished(() => service.close())
    const proxy = await startProxy(name, { allowed: [portOf(service.origin)] })
    onTestFinished(() => proxy.close())
    const file = service.env.GOOGLE_APPLICATION_CREDENTIALS as string
    const mint = (url: string) =>
      mintGoogleToken(
        { file, isTrusted: true, proxy: { url, isOwn: true, exceptions: [] } },
        new AbortController().signal,
      )
    expect(await mint(urlOf(proxy, credentialsOf(name)))).toMatchObject({ token: 'minted-1' })
    const refused = expect(mint(urlOf(proxy, '')))
    await refused.rejects.toThrow('asks for a user and password (407)')
  })

  test('a password that it refuses is said, without the password', async () => {
    const { fake, proxy, open, lines } = await setup(name)
    expect(await sendAll(open(urlOf(proxy, `${USER}:wrong@`)), tokens(2))).toEqual([NOT_SENT, NOT_SENT])
    expect(lines.join('')).toMatch(/refuses the user and password in its address \(40[17]\); correct them/)
    expect(lines.join('')).not.toContain('wrong')
    expect((await fake.stats()).sessionsOpened).toBe(0)
  })

  test('a host that its rules exclude is said', async () => {
    const { open, lines } = await setup(name)
    expect(await sendAll(open(undefined, 'https://127.0.0.1:444'), tokens(1))).toEqual([NOT_SENT])
    expect(lines.join('')).toContain('does not allow connections to 127.0.0.1:444 (403)')
  })

  test('killed in mid-campaign: what was in flight is in doubt, and the rest is sent when it is back', async () => {
    const { fake, proxy, start, open, lines } = await setup(name)
    const sender = open()
    const all = tokens(4_000)
    const sending = sendAll(sender, all)
    await fake.whenAccepted(1_000)
    proxy.child.kill('SIGKILL')
    const outcomes = await sending
    await expectTrue(fake, all, outcomes)
    const { sent = 0, in_doubt: inDoubt = 0, retry_later: later = 0 } = kindsOf(outcomes)
    expect(sent + inDoubt + later).toBe(4_000)
    expect(inDoubt).toBeLessThanOrEqual(500)
    expect(later).toBeGreaterThan(0)
    expect(lines.join('')).toContain(`the proxy 127.0.0.1:${proxy.port} cannot be used: `)
    await start(proxy.port)
    const again = all.filter((_, i) => outcomes[i]?.kind !== 'sent')
    expect(kindsOf(await sendAll(sender, again))).toEqual({ sent: again.length })
    const { accepted, duplicates } = await fake.stats()
    expect(accepted - duplicates).toBe(4_000)
    expect(duplicates).toBeLessThanOrEqual(inDoubt)
    expect(lines.join('')).toContain('connected to FCM again')
  })

  test('hanging in mid-campaign: every message has its deadline, and the rest is sent when it goes on', async () => {
    const { fake, proxy, open } = await setup(name, 2_000)
    const sender = open()
    const all = tokens(2_000)
    const sending = sendAll(sender, all)
    await fake.whenAccepted(1_000)
    proxy.child.kill('SIGSTOP')
    const outcomes = await sending
    proxy.child.kill('SIGCONT')
    const { in_doubt: inDoubt = 0 } = kindsOf(outcomes)
    expect(inDoubt).toBeGreaterThan(0)
    expect(inDoubt).toBeLessThanOrEqual(1_000)
    let left = all.filter((_, i) => outcomes[i]?.kind !== 'sent')
    expect(left.length).toBeGreaterThan(inDoubt)
    const areSent = async () => {
      const again = await sendAll(sender, left)
      left = left.filter((_, i) => again[i]?.kind !== 'sent')
      return left.length === 0
    }
    await until(areSent, { what: 'the rest is sent', timeoutMs: 40_000 })
    const { accepted, duplicates } = await fake.stats()
    expect(accepted - duplicates).toBe(2_000)
  })
})

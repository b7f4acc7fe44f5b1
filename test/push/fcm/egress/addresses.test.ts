/** The names that FCM and proxies are reached by: several addresses, dead ones, and ones that change. */
import { spawn } from 'node:child_process'
import dns from 'node:dns'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { networkInterfaces } from 'node:os'
import { pino } from 'pino'
import { expect, onTestFinished, test, vi } from 'vitest'
import { FcmHttp2Sender } from '../../../../src/push/fcm/fcm-http2-sender.ts'
import { type FakeFcm, startFakeFcm } from '../../../../testing/fake-fcm/fake-fcm.ts'
import { startConnectProxy } from '../../../support/connect-proxy.ts'
import { until } from '../../../support/until.ts'
import { kindsOf, sendAll } from '../interop/send-all.ts'
import { bearer, tokens } from '../push-sender-contract.ts'
import { startRelay } from './relay.ts'

/** Of the fake's certificate. */
const NAME = 'fcm.googleapis.com'
const familyOf = (address: string) => (address.includes(':') ? 6 : 4)

/** The name has these addresses, in this order, until it is given others. */
function resolveTo(...first: string[]) {
  let addresses = first
  const lookup = vi.spyOn(dns, 'lookup').mockImplementation(((
    host: string,
    options: { all?: boolean },
    callback: (...answer: unknown[]) => void,
  ) => {
    expect(host).toBe(NAME)
    const all = addresses.map((address) => ({ address, family: familyOf(address) }))
    if (options.all) callback(null, all)
    else callback(null, all[0]?.address, all[0]?.family)
  }) as never)
  onTestFinished(() => lookup.mockRestore())
  return (...next: string[]) => {
    addresses = next
  }
}

async function startFake(): Promise<FakeFcm> {
  const fake = await startFakeFcm()
  onTestFinished(() => fake.close())
  return fake
}

const portOf = ({ origin }: { origin: string }) => Number(new URL(origin).port)

/** To the name and this port, unless told otherwise. */
function openSender(
  port: number,
  trusted: FakeFcm | readonly FakeFcm[],
  where: { origin?: string; proxy?: URL } = {},
): FcmHttp2Sender {
  const sender = new FcmHttp2Sender({
    origin: `https://${NAME}:${port}`,
    ca: [trusted]
      .flat()
      .map(({ caFile }) => readFileSync(caFile, 'utf8'))
      .join(''),
    ...where,
    projectId: 'demo-carillon',
    accessToken: bearer(),
    concurrency: 1_000,
    firstLimit: 1_000,
    requestTimeoutMs: 10_000,
    log: pino({ level: 'silent' }),
  })
  onTestFinished(() => sender.close())
  return sender
}

const hasIpv6 = Object.values(networkInterfaces())
  .flat()
  .some((each) => each?.address === '::1')
if (!hasIpv6) console.warn('skipped: this machine has no address ::1')

test.skipIf(!hasIpv6).each([
  ['::1', '127.0.0.1'],
  ['127.0.0.1', '::1'],
])('a name whose first address %s refuses connections is reached at the second, %s', async (dead, alive) => {
  const fake = await startFake()
  const { port } = await startRelay(fake.origin, { host: alive })
  resolveTo(dead, alive)
  expect(kindsOf(await sendAll(openSender(port, fake), tokens(500)))).toEqual({ sent: 500 })
})

/** An address that swallows connections, as behind a firewall: a process that listens, is stopped, and whose queue is full. */
async function swallow(host: string, port: number): Promise<void> {
  const code = `require('net').createServer().listen({ host: '${host}', port: ${port}, backlog: 1 }, () => console.log())`
  const child = spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'pipe', 'inherit'] })
  const sockets = new Set<ReturnType<typeof connect>>()
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy()
    child.kill('SIGKILL')
    await once(child, 'exit')
  })
  await once(child.stdout, 'data')
  child.kill('SIGSTOP')
  await until(
    async () => {
      const socket = connect(port, host)
      sockets.add(socket)
      socket.on('error', () => {})
      const isTaken = await Promise.race([
        once(socket, 'connect').then(() => true),
        new Promise((resolve) => setTimeout(resolve, 300, false)),
      ])
      return isTaken === false
    },
    { what: 'no connection is taken any more' },
  )
}

test('a name whose first address swallows connections is reached at the second', async () => {
  const fake = await startFake()
  await swallow('127.0.0.2', portOf(fake))
  resolveTo('127.0.0.2', '127.0.0.1')
  const gate = fake.hold()
  const sending = sendAll(openSender(portOf(fake), fake), tokens(1_000))
  await gate.waitForHeld(1_000)
  gate.open()
  expect(kindsOf(await sending)).toEqual({ sent: 1_000 })
  expect(fake.stats().sessionsOpened).toBe(10)
})

test('a proxy whose first address swallows connections is reached at the second', async () => {
  const fake = await startFake()
  const proxy = await startConnectProxy()
  const { port } = new URL(proxy.url)
  await swallow('127.0.0.2', Number(port))
  resolveTo('127.0.0.2', '127.0.0.1')
  const sender = openSender(portOf(fake), fake, {
    origin: fake.origin,
    proxy: new URL(`http://${NAME}:${port}`),
  })
  expect(kindsOf(await sendAll(sender, tokens(500)))).toEqual({ sent: 500 })
  expect(proxy.targets).toHaveLength(5)
})

test('a name that moves to another address: new connections go there, and old ones are replaced by their age', async () => {
  vi.useFakeTimers({ toFake: ['performance'] })
  onTestFinished(() => void vi.useRealTimers())
  const before = await startFake()
  const after = await startFake()
  await startRelay(after.origin, { host: '127.0.0.2', port: portOf(before) })
  const moveTo = resolveTo('127.0.0.1')
  const sender = openSender(portOf(before), [before, after])
  await sendAll(sender, tokens(10))
  moveTo('127.0.0.2')
  await sendAll(sender, tokens(10))
  expect([before.stats().accepted, after.stats().accepted]).toEqual([20, 0])
  vi.advanceTimersByTime(30 * 60_000 + 1)
  expect(kindsOf(await sendAll(sender, tokens(10)))).toEqual({ sent: 10 })
  expect([before.stats().accepted, after.stats().accepted]).toEqual([20, 10])
  await until(() => before.stats().openSessions === 0, { what: 'nothing is connected to the old address' })
})

test('a name that moves because its address is gone is followed with the next connection', async () => {
  const before = await startFake()
  const after = await startFake()
  const port = portOf(before)
  await startRelay(after.origin, { host: '127.0.0.2', port })
  const moveTo = resolveTo('127.0.0.1')
  const sender = openSender(port, [before, after])
  await sendAll(sender, tokens(10))
  await before.close()
  moveTo('127.0.0.2')
  const isSent = async () => (await sendAll(sender, tokens(1)))[0]?.kind === 'sent'
  await until(isSent, { what: 'the sender has seen that its connection is gone' })
  expect(after.stats().accepted).toBe(1)
})

/** A firewall or NAT gateway that forgets an idle connection, and drops what is sent on it from then on. */
import { readFileSync } from 'node:fs'
import { pino } from 'pino'
import { expect, onTestFinished, test, vi } from 'vitest'
import { FcmHttp2Sender } from '../../../../src/push/fcm/fcm-http2-sender.ts'
import { startFakeFcm } from '../../../../testing/fake-fcm/fake-fcm.ts'
import { until } from '../../../support/until.ts'
import { kindsOf, sendAll } from '../interop/send-all.ts'
import { bearer, tokens } from '../push-sender-contract.ts'
import { startRelay } from './relay.ts'

test('that drops idle connections is found by PING, before a message is sent on one of them', async () => {
  vi.useFakeTimers({ toFake: ['performance', 'setInterval', 'clearInterval'] })
  onTestFinished(() => void vi.useRealTimers())
  const fake = await startFakeFcm()
  onTestFinished(() => fake.close())
  const relay = await startRelay(fake.origin)
  const sender = new FcmHttp2Sender({
    origin: `https://127.0.0.1:${relay.port}`,
    ca: readFileSync(fake.caFile),
    projectId: 'demo-carillon',
    accessToken: bearer(),
    concurrency: 300,
    firstLimit: 300,
    requestTimeoutMs: 3_600_000,
    log: pino({ level: 'silent' }),
  })
  onTestFinished(() => sender.close())
  expect(kindsOf(await sendAll(sender, tokens(300)))).toEqual({ sent: 300 })
  expect(relay.connections()).toBe(3)
  relay.drop()
  for (let halfSeconds = 0; halfSeconds < 60; halfSeconds++) vi.advanceTimersByTime(500)
  await until(() => relay.connections() === 0, { what: 'the three connections are closed' })
  expect(kindsOf(await sendAll(sender, tokens(300)))).toEqual({ sent: 300 })
  expect(fake.stats()).toMatchObject({ received: 600, sessionsOpened: 6 })
})

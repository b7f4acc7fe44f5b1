/** What senders say of their own concurrency. */
import { readFileSync } from 'node:fs'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { FcmHttp2Sender } from '../../../src/push/fcm/fcm-http2-sender.ts'
import { type OpenSender, send, setup, tokens } from './push-sender-contract.ts'

const openWith =
  (firstLimit: number): OpenSender =>
  (fake, settings) =>
    new FcmHttp2Sender({
      ...settings,
      firstLimit,
      origin: fake.origin,
      ca: readFileSync(fake.caFile),
      projectId: 'demo-carillon',
      log: pino({ level: 'silent' }),
    })

const openSender = openWith(20)
const openFull = openWith(100)

test('what is in flight and what waits, and the latency once it was measured', async () => {
  const { fake, sender } = await setup(openSender, { concurrency: 50, fake: { latencyMs: [120, 120] } })
  expect(sender.load).toEqual({
    waiting: 0,
    limit: 20,
    mostInFlight: 50,
    inFlight: 0,
    latencyMs: null,
    baseLatencyMs: null,
  })
  const gate = fake.hold()
  const sending = send(sender, { tokens: tokens(300) })
  await gate.waitForHeld(20)
  expect(sender.load).toMatchObject({ waiting: 280, inFlight: 20 })
  gate.open()
  await sending
  const { inFlight, waiting, latencyMs, baseLatencyMs } = sender.load
  expect([inFlight, waiting]).toEqual([0, 0])
  expect(latencyMs).toBeGreaterThan(100)
  expect(baseLatencyMs).toBeGreaterThan(100)
})

test.each([
  ['quota_device', 100],
  ['quota_project', 70],
] as const)('a window of %s leaves a limit of %i', async (answer, limit) => {
  const { fake, sender } = await setup(openFull, { concurrency: 100 })
  fake.program({ times: null, effect: { answer } })
  await send(sender, { tokens: tokens(10) })
  expect(sender.load.limit).toBe(limit)
})

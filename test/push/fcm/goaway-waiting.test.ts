import { createSecureServer, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { pino } from 'pino'
import { expect, onTestFinished, test } from 'vitest'
import { FcmHttp2Sender } from '../../../src/push/fcm/fcm-http2-sender.ts'
import { makeCertificate } from '../../../testing/fake-fcm/certificate.ts'
import { addressesOf, bearer, MESSAGE } from './push-sender-contract.ts'

/** GOAWAY on every session, in the same breath as answers, while most messages wait for a stream. */
test('GOAWAY while messages wait for a stream: every one is answered once, and none after send has ended', async () => {
  const certificate = makeCertificate()
  const server = createSecureServer({ ...certificate, settings: { maxConcurrentStreams: 2 } })
  const streams: ServerHttp2Stream[] = []
  const sessions: ServerHttp2Session[] = []
  let received = 0
  server.on('session', (session) => void sessions.push(session))
  server.on('stream', (stream) => {
    stream.on('error', () => {})
    stream.resume()
    stream.on('end', () => {
      received++
      streams.push(stream)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    for (const session of sessions) session.destroy()
    server.close()
  })
  const answer = (stream: ServerHttp2Stream) => {
    stream.respond({ ':status': 200, 'content-type': 'application/json' })
    stream.end(JSON.stringify({ name: 'projects/p/messages/1' }))
  }
  const sender = new FcmHttp2Sender({
    origin: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ca: certificate.cert,
    projectId: 'p',
    accessToken: bearer(),
    concurrency: 10,
    requestTimeoutMs: 20_000,
    log: pino({ level: 'silent' }),
  })
  onTestFinished(() => sender.close())
  let isOver = false
  let late = 0
  let reported = 0
  const kinds: Record<string, number> = {}
  const sending = sender
    .send(
      { message: MESSAGE, addresses: addressesOf(Array.from({ length: 60 }, (_, i) => `token-${i}`)) },
      {
        signal: new AbortController().signal,
        report: (_, outcome) => {
          reported++
          kinds[outcome.kind] = (kinds[outcome.kind] ?? 0) + 1
          if (isOver) late++
        },
      },
    )
    .then(
      () => null,
      (error: unknown) => error,
    )
    .finally(() => {
      isOver = true
    })
  // Every 20 ms each session says GOAWAY in the same breath as it answers one of its streams.
  const timer = setInterval(() => {
    for (const stream of streams.splice(0)) {
      answer(stream)
      if (Math.random() < 0.5 && stream.session && !stream.session.closed) {
        stream.session.goaway(0, 2 ** 31 - 1)
        stream.session.close()
      }
    }
  }, 20)
  const failure = await sending
  // Closing ends every session and stream: whoever still wanted to report would do it now.
  await sender.close()
  clearInterval(timer)
  expect(late, 'reports after send had ended').toBe(0)
  expect(failure).toBeNull()
  expect({ received, reported, kinds }).toEqual({ received: 60, reported: 60, kinds: { sent: 60 } })
})

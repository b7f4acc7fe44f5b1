/** A process that sends one message and then just ends, without closing its sender. */
import { readFileSync } from 'node:fs'
import { pino } from 'pino'
import { tokenFor } from '../../load/fake-fcm/token.ts'
import { AccessToken } from '../../src/push/access-token.ts'
import { FcmHttp2Sender } from '../../src/push/fcm-http2-sender.ts'
import { compileMessage } from '../../src/push/fcm-message.ts'

const [origin = '', caFile = ''] = process.argv.slice(2)
const sender = new FcmHttp2Sender({
  origin,
  ca: readFileSync(caFile),
  projectId: 'demo-carillon',
  accessToken: new AccessToken(async () => ({ token: 'owner', expiresAt: Number.POSITIVE_INFINITY })),
  concurrency: 10,
  requestTimeoutMs: 60_000,
  log: pino({ level: 'silent' }),
})
await sender.send(
  { message: compileMessage({ title: 'a', body: 'b' }, 'c'), tokens: [tokenFor(0)] },
  { signal: new AbortController().signal, report: () => {} },
)
process.disconnect()

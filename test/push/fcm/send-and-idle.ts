/** A process that sends one message and then just ends, without closing its sender. Exit code 3: the SDK was loaded. */
import Module from 'node:module'
import { loadConfig } from '../../../src/config/config.ts'
import { createLogger } from '../../../src/process/logger.ts'
import { createSender } from '../../../src/push/create-sender.ts'
import { tokenFor } from '../../../testing/fake-fcm/token.ts'

const sender = createSender(loadConfig().fcm, createLogger('test', 'silent'))
await sender.send(
  {
    message: { content: { title: 'a', body: 'b' }, collapseId: 'same' },
    addresses: [{ address: tokenFor(0), kind: 'token' }],
  },
  { signal: new AbortController().signal, report: () => {} },
)
const { _cache: loaded } = Module as unknown as { _cache: Record<string, unknown> }
if (Object.keys(loaded).some((file) => file.includes('/firebase-admin/'))) process.exitCode = 3
process.disconnect()

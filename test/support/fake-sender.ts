/** A sender that does what the test says with each window it is given, and is never busy. */
import type { PushSender } from '../../src/push/push-sender.ts'

export function fakeSender(send: PushSender['send']): PushSender {
  return {
    send,
    warmUp: async () => {},
    hold: () => {},
    load: { waiting: 0, limit: 500, mostInFlight: 500, inFlight: 0, latencyMs: null, baseLatencyMs: null },
    close: async () => {},
  }
}

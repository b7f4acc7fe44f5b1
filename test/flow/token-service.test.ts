/** A token service that accepts requests and never answers, in mid-campaign: people can still stop everything. */
import { expect, onTestFinished, test } from 'vitest'
import { startTokenService } from '../../testing/fake-fcm/token-service.ts'
import { Carillon } from '../support/carillon.ts'
import { queueBackends } from '../support/queues.ts'
import { until } from '../support/until.ts'

const [backend] = queueBackends()
if (backend === undefined) throw new Error('no queue')

/** Half of the time after which a request to the token service is given up. */
const AT_ONCE_MS = 5_000
/** A stopping dispatcher finishes what it has in hand, so it waits for that request. */
const GIVEN_UP_MS = 15_000

test.each(['fcm-http2', 'firebase-admin'])(
  'with %s, a pause takes effect at once, and SIGTERM when the request is given up',
  async (sender) => {
    const service = await startTokenService({ isSilent: true })
    onTestFinished(() => service.close())
    const carillon = await Carillon.start(backend, {
      devices: 500,
      env: {
        ...service.env,
        FCM_SENDER: sender,
        LOG_LEVEL: 'silent',
        // The SDK knows no other; it is not reached without a token.
        ...(sender === 'firebase-admin' && { FCM_ENDPOINT: 'https://fcm.googleapis.com', FCM_CA_FILE: '' }),
      },
      workers: ['planner', 'maintenance'],
    })
    const dispatcher = await carillon.startWorker('dispatcher')
    const id = await carillon.send()
    const isWaiting = async () => (await carillon.inHand(id)) === 2 && service.openRequests() === 1
    await until(isWaiting, { what: 'two batches wait for a token, which was asked for once' })

    await carillon.pause(id)
    await until(async () => (await carillon.inHand(id)) === 0, {
      what: 'no batch is in hand any more',
      timeoutMs: AT_ONCE_MS,
    })
    expect(await carillon.counts(id)).toMatchObject({ spent: 0 })
    await carillon.resume(id)
    await until(async () => (await carillon.inHand(id)) === 2, { what: 'two batches are in hand again' })

    dispatcher.kill('SIGTERM')
    await until(() => dispatcher.exitCode !== null, {
      what: 'the dispatcher has ended',
      timeoutMs: GIVEN_UP_MS,
    })
    expect(dispatcher.exitCode).toBe(0)
    expect(await carillon.inHand(id)).toBe(0)
    expect(await carillon.counts(id)).toMatchObject({ sent: 0, failed: 0, in_doubt: 0 })
  },
)

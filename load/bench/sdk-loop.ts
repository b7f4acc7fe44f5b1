/**
 * What a user of firebase-admin writes: `sendEachForMulticast` with 500 tokens a call, several calls at a time.
 * The results are counted and not kept anywhere.
 */
import { initializeApp } from 'firebase-admin/app'
import { getMessaging } from 'firebase-admin/messaging'
import { toSdkMessage } from '../../src/push/fcm/sdk/sdk-message.ts'
import { redirectSdk } from '../../testing/fake-fcm/redirect-sdk.ts'
import { BENCH_PROJECT, benchMessage, benchTokens } from './bench-message.ts'
import { serveLoop } from './loop-process.ts'

const TOKENS_A_CALL = 500

await serveLoop(async ({ origin, caFile, tokens: count }) => {
  redirectSdk({ origin, caFile })
  const tokens = benchTokens(count)
  const app = initializeApp({
    projectId: BENCH_PROJECT,
    credential: { getAccessToken: async () => ({ access_token: 'owner', expires_in: 3600 }) },
  })
  const messaging = getMessaging(app)
  const message = toSdkMessage(benchMessage().message)

  return async ({ messages, parallel }) => {
    let next = 0
    let sent = 0
    let failed = 0
    const work = async () => {
      while (next < messages) {
        const end = Math.min(next + TOKENS_A_CALL, messages)
        const some = tokens.slice(next, end)
        next = end
        const { successCount, failureCount } = await messaging.sendEachForMulticast({
          ...message,
          tokens: some,
        })
        sent += successCount
        failed += failureCount
      }
    }
    await Promise.all(Array.from({ length: parallel }, work))
    return { sent, failed }
  }
})

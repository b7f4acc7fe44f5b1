/**
 * Sends as a user of another package would: 500 tokens a call, several calls at a time. Title, text and data are
 * those of everybody; what else goes into the message is the package's choice.
 */
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { redirectSdk } from '../../testing/fake-fcm/redirect-sdk.ts'
import { MESSAGE } from '../campaign/run-campaign.ts'
import { BENCH_PROJECT, benchTokens } from './bench-message.ts'
import { serveLoop } from './loop-process.ts'
import type { OtherName } from './others.ts'

const TOKENS_A_CALL = 500
const CREDENTIAL = { getAccessToken: async () => ({ access_token: 'owner', expires_in: 3600 }) }
const home = process.env.OTHERS_HOME ?? '.'

/** Returns how many of the tokens were accepted. */
type SendCall = (tokens: string[]) => Promise<number>

const OPEN: Record<OtherName, () => Promise<SendCall>> = {
  async nodePushnotifications() {
    const PushNotifications = createRequire(join(home, 'index.js'))('node-pushnotifications')
    const push = new PushNotifications({
      isAlwaysUseFCM: true,
      fcm: { appName: 'bench', credential: CREDENTIAL, projectId: BENCH_PROJECT },
    })
    const { title, body, data } = MESSAGE
    return async (tokens) => {
      const results: { success: number }[] = await push.send(tokens, {
        title,
        body,
        custom: data,
        topic: 'bench',
      })
      return results.reduce((sum, { success }) => sum + success, 0)
    }
  },
  async parsePushAdapter() {
    const folder = join(home, 'node_modules/@parse/push-adapter')
    // It takes the app that is there; its own could only be made with a service account's key.
    const require = createRequire(join(folder, 'package.json'))
    require('firebase-admin/app').initializeApp({ credential: CREDENTIAL, projectId: BENCH_PROJECT })
    const { default: Adapter } = await import(pathToFileURL(join(folder, 'src/index.js')).href)
    // One line on stderr for every call is what it would write otherwise.
    require('npmlog').level = 'error'
    const adapter = new Adapter({ android: { firebaseServiceAccount: {} } })
    const { title, body, data } = MESSAGE
    return async (tokens) => {
      const installations = tokens.map((deviceToken) => ({ deviceType: 'android', deviceToken }))
      const results: { transmitted?: boolean }[] = await adapter.send(
        { data: { title, alert: body, ...data } },
        installations,
      )
      return results.filter((one) => one.transmitted).length
    }
  },
}

await serveLoop(async ({ origin, caFile, tokens: count }) => {
  redirectSdk({ origin, caFile })
  const sendCall = await OPEN[process.env.OTHER as OtherName]()
  const tokens = benchTokens(count)

  return async ({ messages, parallel }) => {
    let next = 0
    let sent = 0
    const work = async () => {
      while (next < messages) {
        const some = tokens.slice(next, Math.min(next + TOKENS_A_CALL, messages))
        next += some.length
        const accepted = await sendCall(some)
        sent += accepted
      }
    }
    await Promise.all(Array.from({ length: parallel }, work))
    return { sent, failed: messages - sent }
  }
})

/**
 * Loops that only send, each in a process of its own: this file, forked with the name of a loop. The process reports
 * ready, is told how many messages to send, and answers how long it took.
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { type ClientHttp2Session, connect, type IncomingHttpHeaders } from 'node:http2'
import { initializeApp } from 'firebase-admin/app'
import { getMessaging } from 'firebase-admin/messaging'
import { toSdkMessage } from '../../src/push/fcm/sdk/sdk-message.ts'
import { redirectSdk } from '../../testing/fake-fcm/redirect-sdk.ts'
import { tokenFor } from '../../testing/fake-fcm/token.ts'
import { figuresOf } from '../figures/processes.ts'
import { BENCH_MESSAGE, BENCH_PATH } from './message.ts'

interface Order {
  messages: number
  /** Concurrent calls or requests. */
  parallel: number
  /** No further message is started after this time; those in flight are awaited. */
  mostSeconds?: number
}

interface Sent {
  sent: number
  failed: number
}

interface Result extends Sent {
  seconds: number
}

type Send = (order: Order) => Promise<Sent>

interface Receiver {
  origin: string
  caFile: string
}

const TOKENS_PER_CALL = 500
const STREAMS = 100

const LOOPS = { sdk: sdkLoop, http2: http2Loop }

/** firebase-admin as its users call it: `sendEachForMulticast` with 500 tokens, several calls at a time. */
function sdkLoop(receiver: Receiver, all: readonly string[]): Send {
  redirectSdk(receiver)
  const credential = { getAccessToken: async () => ({ access_token: 'owner', expires_in: 3600 }) }
  const messaging = getMessaging(initializeApp({ projectId: 'carillon-bench', credential }))
  const message = toSdkMessage(BENCH_MESSAGE.message)
  return async ({ messages, parallel, mostSeconds }) => {
    const isLate = lateAfter(mostSeconds)
    let next = 0
    let failed = 0
    const work = async () => {
      while (next < messages && !isLate()) {
        const tokens = all.slice(next, Math.min(next + TOKENS_PER_CALL, messages))
        next += tokens.length
        failed += (await messaging.sendEachForMulticast({ ...message, tokens })).failureCount
      }
    }
    await Promise.all(Array.from({ length: parallel }, work))
    return { sent: next, failed }
  }
}

/**
 * The least that can be written with node:http2: pooled sessions, as many as Carillon's sender uses, with every stream
 * busy all the time. Reads each answer and discards it.
 */
function http2Loop({ origin, caFile }: Receiver, tokens: readonly string[]): Send {
  const headers = {
    ':method': 'POST',
    ':path': BENCH_PATH,
    authorization: 'Bearer owner',
    'content-type': 'application/json',
  }
  const sessions: ClientHttp2Session[] = []
  return async ({ messages, parallel, mostSeconds }) => {
    while (sessions.length < Math.ceil(parallel / STREAMS)) {
      const session = connect(origin, { ca: readFileSync(caFile) })
      await once(session, 'remoteSettings')
      sessions.push(session)
    }
    const isLate = lateAfter(mostSeconds)
    let next = 0
    let done = 0
    let failed = 0
    await new Promise<void>((resolve) => {
      const sendNext = (session: ClientHttp2Session) => {
        const token = next < messages && !isLate() ? tokens[next++] : undefined
        if (token === undefined) {
          if (done === next) resolve()
          return
        }
        const stream = session.request(headers)
        let status = 0
        let body = ''
        stream.setEncoding('utf8')
        stream.on('response', (answer: IncomingHttpHeaders) => {
          status = Number(answer[':status'])
        })
        stream.on('data', (piece: string) => {
          body += piece
        })
        stream.on('error', () => {})
        stream.on('close', () => {
          done++
          if (status !== 200 || body === '') failed++
          sendNext(session)
        })
        stream.end(BENCH_MESSAGE.bodyFor({ address: token, kind: 'token' }, false))
      }
      for (let i = 0; i < parallel; i++) sendNext(sessions[i % sessions.length] as ClientHttp2Session)
    })
    return { sent: next, failed }
  }
}

function lateAfter(seconds = Number.POSITIVE_INFINITY): () => boolean {
  const end = performance.now() + seconds * 1000
  return () => performance.now() >= end
}

/** The tokens of seeded devices, made before anything is measured. Flat strings, not slices of others. */
function tokensOf(count: number): string[] {
  return Array.from({ length: count }, (_, index) =>
    Buffer.from(tokenFor(index, { seed: 1 }), 'latin1').toString('latin1'),
  )
}

export async function spawnLoop(
  name: keyof typeof LOOPS,
  { origin, caFile }: Receiver,
  tokens: number,
  signal: AbortSignal,
) {
  const child = fork(import.meta.filename, [name, JSON.stringify({ origin, caFile }), String(tokens)], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: { PATH: process.env.PATH },
    // Ctrl-C in the terminal must reach only the benchmark, which ends its loops.
    detached: true,
  })
  const exited = once(child, 'exit')
  const answer = async () => {
    const first = await Promise.race([once(child, 'message', { signal }), exited.then(() => null)])
    if (first === null) throw new Error(`the ${name} loop has ended; its own output says why`)
    return first[0] as Result
  }
  await answer()
  return {
    async run(order: Order) {
      const before = figuresOf(child.pid ?? 0)
      child.send(order)
      const result = await answer()
      const after = figuresOf(child.pid ?? 0)
      return {
        ...result,
        cpuSeconds: before && after && after.cpuSeconds - before.cpuSeconds,
        peakRssMb: after?.peakRssMb ?? null,
      }
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
      await exited
    },
  }
}

if (import.meta.main) {
  const [, , name, receiver = '', tokens] = process.argv
  process.on('disconnect', () => process.exit(0))
  const send = LOOPS[name as keyof typeof LOOPS](JSON.parse(receiver), tokensOf(Number(tokens)))
  process.on('message', async (order: Order) => {
    const startedAt = performance.now()
    const sent = await send(order)
    process.send?.({ ...sent, seconds: (performance.now() - startedAt) / 1000 } satisfies Result)
  })
  process.send?.('ready')
}

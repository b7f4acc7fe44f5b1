/**
 * A bare loop over pooled HTTP/2 sessions: the least that can be written with node:http2. As many sessions and
 * streams as Carillon's sender uses, every stream busy all the time; reads each answer, and does nothing with it.
 */

import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { type ClientHttp2Session, connect, type IncomingHttpHeaders } from 'node:http2'
import { BENCH_PROJECT, benchMessage, benchTokens } from './bench-message.ts'
import { serveLoop } from './loop-process.ts'

const STREAMS = 100

await serveLoop(async ({ origin, caFile, tokens: count }) => {
  const tokens = benchTokens(count)
  const message = benchMessage()
  const ca = readFileSync(caFile)
  const headers = {
    ':method': 'POST',
    ':path': `/v1/projects/${BENCH_PROJECT}/messages:send`,
    authorization: 'Bearer owner',
    'content-type': 'application/json',
  }
  const sessions: ClientHttp2Session[] = []

  return async ({ messages, parallel }) => {
    while (sessions.length < Math.ceil(parallel / STREAMS)) {
      const session = connect(origin, { ca })
      await once(session, 'remoteSettings')
      sessions.push(session)
    }
    let next = 0
    let sent = 0
    let failed = 0
    await new Promise<void>((resolve) => {
      const sendNext = (session: ClientHttp2Session) => {
        const token = next < messages ? tokens[next++] : undefined
        if (token === undefined) {
          if (sent + failed === messages) resolve()
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
          if (status === 200 && body !== '') sent++
          else failed++
          sendNext(session)
        })
        stream.end(message.bodyFor(token, false))
      }
      for (let i = 0; i < parallel; i++) sendNext(sessions[i % sessions.length] as ClientHttp2Session)
    })
    return { sent, failed }
  }
})

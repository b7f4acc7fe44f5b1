/**
 * The negative control of bench-memory.ts: preloaded into a dispatcher, keeps every token that is sent. A memory
 * measurement that does not notice this one notices nothing.
 */
import http2, { type ClientHttp2Session } from 'node:http2'
import { syncBuiltinESMExports } from 'node:module'

const TOKEN = /"token":"([^"]+)"/
const kept: string[] = []

if (process.argv[1]?.endsWith('dispatcher.ts')) {
  const connect = http2.connect
  http2.connect = ((...args: Parameters<typeof connect>): ClientHttp2Session => {
    const session = connect(...args)
    const request = session.request.bind(session)
    session.request = ((...how: Parameters<typeof request>) => {
      const stream = request(...how)
      const end = stream.end.bind(stream) as (body: string) => typeof stream
      stream.end = ((body: string) => {
        kept.push(String(TOKEN.exec(body)?.[1]))
        return end(body)
      }) as typeof stream.end
      return stream
    }) as typeof session.request
    return session
  }) as typeof connect
  syncBuiltinESMExports()
}

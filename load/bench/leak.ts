/** The negative control of memory.ts: preloaded into a dispatcher, it keeps every address that is sent. */
import { Http2Connection } from '../../src/push/fcm/http2/connection.ts'

const ADDRESS = /"(?:token|fid)":"([^"]+)"/
const kept: string[] = []

if (process.argv[1]?.endsWith('dispatcher.ts')) {
  const { request } = Http2Connection.prototype
  Http2Connection.prototype.request = function leaking(fields, body, exchange) {
    kept.push(String(ADDRESS.exec(body)?.[1]))
    return request.call(this, fields, body, exchange)
  }
}

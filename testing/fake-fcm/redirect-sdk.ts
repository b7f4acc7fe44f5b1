/**
 * Points the firebase-admin SDK at a fake FCM. The SDK's host is a constant and has no override, so the connect
 * function of node:http2 is wrapped. It also sends `:scheme` as "https:", colon included: Google accepts that, but
 * Node's own server resets the stream.
 */
import { readFileSync } from 'node:fs'
import http2, { type ClientHttp2Session, type OutgoingHttpHeaders } from 'node:http2'

const GOOGLE = 'https://fcm.googleapis.com'

/** Until the returned function is called. Changes only sessions of the SDK. */
export function redirectSdk(fake: { origin: string; caFile: string }): () => void {
  const original = http2.connect
  const ca = readFileSync(fake.caFile)
  const redirected = (authority: string | URL, options: object, listener?: never): ClientHttp2Session => {
    if (String(authority) !== GOOGLE) return original(authority, options as never, listener)
    const session = original(fake.origin, { ...options, ca } as never)
    const request = session.request.bind(session)
    session.request = ((headers: OutgoingHttpHeaders, more?: never) =>
      request({ ...headers, ':scheme': 'https' }, more)) as typeof session.request
    return session
  }
  http2.connect = redirected as typeof http2.connect
  return () => {
    http2.connect = original
  }
}

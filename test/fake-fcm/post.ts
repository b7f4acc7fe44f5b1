/** One request to a fake FCM by bare node:http2, for tests that must not depend on a sender of ours. */
import { readFileSync } from 'node:fs'
import { type ClientHttp2Session, connect } from 'node:http2'
import { onTestFinished } from 'vitest'
import { startFakeFcm } from '../../testing/fake-fcm/fake-fcm.ts'
import type { FakeFcmOptions } from '../../testing/fake-fcm/options.ts'

export interface PostOptions {
  path?: string
  authorization?: string | null
}

export interface Posted {
  /** 0: no headers came. */
  status: number
  headers: Record<string, unknown>
  text: string
  /** The error code the stream was closed with. */
  rstCode: number
}

export async function setup(options: FakeFcmOptions = {}) {
  const fake = await startFakeFcm(options)
  onTestFinished(() => fake.close())
  const session = openSession(fake)
  onTestFinished(() => session.destroy())
  return { fake, session, post: (body: unknown, more?: PostOptions) => post(session, body, more) }
}

export function openSession(fake: { origin: string; caFile: string }): ClientHttp2Session {
  const session = connect(fake.origin, { ca: readFileSync(fake.caFile) })
  session.on('error', () => {})
  return session
}

export function post(session: ClientHttp2Session, body: unknown, options: PostOptions = {}): Promise<Posted> {
  const { path = '/v1/projects/demo/messages:send', authorization = 'Bearer owner' } = options
  return new Promise((resolve) => {
    const stream = session.request({
      ':method': 'POST',
      ':path': path,
      ...(authorization !== null && { authorization }),
    })
    let headers: Record<string, unknown> = {}
    let text = ''
    stream.setEncoding('utf8')
    stream.on('response', (received) => {
      headers = received
    })
    stream.on('data', (chunk) => {
      text += chunk
    })
    stream.on('error', () => {})
    stream.on('close', () =>
      resolve({ status: Number(headers[':status'] ?? 0), headers, text, rstCode: stream.rstCode ?? 0 }),
    )
    stream.end(typeof body === 'string' ? body : JSON.stringify(body))
  })
}

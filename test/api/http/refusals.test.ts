/** What is refused in front of Fastify, over a real socket: the same calls as behind it, and the connection goes on. */
import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { Admission } from '../../../src/api/http/admission.ts'
import { testConfig } from '../../support/config.ts'
import { until } from '../../support/until.ts'
import { startApp } from '../start-app.ts'

const DEVICE = JSON.stringify({ externalId: 'm1', platform: 'ios' })
const NOBODY = '01990000-0000-7000-8000-000000000000'

interface Answer {
  status: number
  headers: NodeJS.Dict<string | string[]>
  text: string
}

/** An API of `slots`, of which so many are taken. */
async function setup({ slots = 20, taken = slots }: { slots?: number; taken?: number } = {}) {
  let now = 0
  const admission = new Admission(testConfig({ HTTP_SLOTS: slots }), () => now)
  const api = await startApp({}, { admission })
  await api.app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = api.app.server.address() as AddressInfo
  const leaves = Array.from({ length: taken }, () => admission.enter('normal'))
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  onTestFinished(() => agent.destroy())
  const ask = async (method: string, path: string, body?: string, headers = {}): Promise<Answer> => {
    const call = request({
      agent,
      port,
      method,
      path,
      headers: {
        authorization: `Bearer ${api.keys.admin}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
    })
    call.end(body)
    const [answer] = await once(call, 'response')
    let text = ''
    for await (const piece of answer) text += piece
    return { status: answer.statusCode, headers: answer.headers, text }
  }
  const leave = () => {
    for (const one of leaves) one()
  }
  /** The time during which an overloaded process uses fewer slots is over. */
  const recover = () => {
    now += 5_000
  }
  return { api, admission, port, ask, leave, recover }
}

test('a refusal says what the problem is and when to come again', async () => {
  const { ask, admission } = await setup()
  const { status, headers, text } = await ask('GET', '/v1/campaigns?limit=5')
  expect(status).toBe(429)
  expect(headers['content-type']).toBe('application/problem+json; charset=utf-8')
  expect(Number(headers['retry-after'])).toBeGreaterThan(0)
  expect(JSON.parse(text)).toEqual({
    type: 'about:blank',
    title: expect.any(String),
    status: 429,
    code: 'overloaded',
    detail: expect.stringContaining('is working on 20 calls and accepts 20'),
    requestId: headers['x-request-id'],
  })
  expect(admission.figures().refused).toBe(1)
  // What comes from behind Fastify has this, and costs four times as much.
  expect(headers).not.toHaveProperty('content-security-policy')
})

test('the connection of a refused call goes on, its body read or not', async () => {
  const { api, ask, leave } = await setup()
  const large = JSON.stringify({
    externalId: 'm1',
    platform: 'ios',
    attributes: { text: 'x'.repeat(200_000) },
  })
  expect((await ask('PUT', '/v1/devices/token-1', large)).status).toBe(429)
  expect((await ask('PUT', '/v1/devices/token-1', DEVICE)).status).toBe(429)
  leave()
  expect((await ask('PUT', '/v1/devices/token-1', DEVICE)).status).toBe(201)
  const { rows } = await api.pool.query('SELECT address FROM devices')
  expect(rows).toEqual([{ address: 'token-1' }])
})

test('from 85 % of the slots on, what machines repeat is refused and what people do is not', async () => {
  const { ask, recover } = await setup({ taken: 17 })
  const csv = { 'content-type': 'text/csv' }
  expect((await ask('PUT', '/v1/devices/a%2Fb', DEVICE)).status).toBe(429)
  expect((await ask('DELETE', '/v1/devices/a')).status).toBe(429)
  expect((await ask('POST', '/v1/devices/import', 'address,externalId,platform\n', csv)).status).toBe(429)
  recover()
  expect((await ask('GET', '/v1/campaigns')).status).toBe(200)
  expect((await ask('GET', `/v1/campaigns/${NOBODY}`)).status).toBe(404)
})

test('with all slots taken, a campaign is paused and canceled, and what is not the API is answered', async () => {
  const { ask } = await setup()
  for (const action of ['pause', 'cancel']) {
    expect((await ask('POST', `/v1/campaigns/${NOBODY}/${action}`)).status).toBe(404)
    // However it is written.
    expect((await ask('POST', `/v1/campaigns/%30${NOBODY.slice(1)}/${action}?x=/`)).status).toBe(404)
  }
  expect((await ask('GET', '/health/live')).status).toBe(200)
  expect((await ask('GET', '/v2/campaigns')).status).toBe(404)
})

test('in front of Fastify is refused what is refused behind it, of every route', async () => {
  const { api, ask } = await setup()
  const { paths } = api.app.swagger() as unknown as { paths: Record<string, Record<string, unknown>> }
  const calls = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map(
      (method) => [method.toUpperCase(), path.replaceAll(/\{[^}]+\}/g, NOBODY)] as const,
    ),
  )
  expect(calls.length).toBeGreaterThan(30)
  const refused = { front: [] as string[], behind: [] as string[] }
  for (const [method, path] of calls) {
    if ((await ask(method, path)).status === 429) refused.front.push(`${method} ${path}`)
    const { statusCode } = await api.app.inject({ method: method as 'GET', url: path })
    if (statusCode === 429) refused.behind.push(`${method} ${path}`)
  }
  expect(refused.front).toEqual(refused.behind)
  expect(refused.front.length).toBeGreaterThan(30)
})

test('a process that is stopped while it refuses ends its connections, and does not go on refusing over them', async () => {
  const { api, admission, port } = await setup({ taken: 0 })
  admission.refuseHeavy('this process is short of memory')
  const socket = connect(port, '127.0.0.1')
  onTestFinished(() => void socket.destroy())
  let text = ''
  socket.setEncoding('latin1').on('data', (piece) => {
    text += piece
  })
  const head = 'PUT /v1/devices/token-1 HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n'
  // Refused before its body is there: the connection is busy, and one that is idle would be ended in any case.
  socket.write(`${head}content-length: 4\r\n\r\n{"`)
  await until(() => text.includes('HTTP/1.1 429'), { what: 'the first call is refused' })
  const closed = api.app.close()
  await until(() => !api.app.server.listening, { what: 'the server closes' })
  text = ''
  socket.write(`"}${head}content-length: 2\r\n\r\n{}`)
  await until(() => text.includes('HTTP/1.1 '), { what: 'the second call is answered' })
  expect(text).toMatch(/^HTTP\/1\.1 503 /)
  expect(text).toMatch(/^connection: close\r$/im)
  await closed
})

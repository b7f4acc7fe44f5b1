/** Health, documents, headers, logs: what is there for whoever runs Carillon. */

import type { AddressInfo } from 'node:net'
import { connect } from 'node:net'
import { Writable } from 'node:stream'
import { pino } from 'pino'
import { describe, expect, test } from 'vitest'
import { createDevices } from '../../support/factories.ts'
import { addUser, openBrowser, PASSWORD, signIn } from '../browser.ts'
import { CAMPAIGN, startApp } from '../start-app.ts'

describe('health', () => {
  test('live needs nothing, ready needs the database, its migrations and no stop', async () => {
    let isDraining = false
    const { app, pool } = await startApp({}, { isDraining: () => isDraining })
    const get = async (url: string) => (await app.inject({ method: 'GET', url })).json()
    expect(await get('/health/live')).toEqual({ status: 'ok' })
    expect(await get('/health/ready')).toEqual({ status: 'ok', queue: 'ok' })
    isDraining = true
    expect(await get('/health/ready')).toMatchObject({ status: 503, code: 'not_ready' })
    expect(await get('/health/live')).toEqual({ status: 'ok' })
    isDraining = false
    await pool.end()
    expect(await get('/health/ready')).toMatchObject({ status: 503, code: 'not_ready' })
  })

  test('a database without this release’s migrations is not ready, and the answer names what to run', async () => {
    const { app, pool } = await startApp()
    await pool.query('DELETE FROM _prisma_migrations')
    const answer = (await app.inject({ method: 'GET', url: '/health/ready' })).json()
    expect(answer).toMatchObject({ status: 503, code: 'not_ready' })
    expect(answer.detail).toContain('npm run migrate')
  })
})

describe('documents', () => {
  test('the OpenAPI document holds every route and its refusals', async () => {
    const { app } = await startApp()
    const { statusCode, body } = await app.inject({ method: 'GET', url: '/v1/openapi.json' })
    expect(statusCode).toBe(200)
    const document = JSON.parse(body)
    expect(document.openapi).toBe('3.1.0')
    for (const [path, operations] of Object.entries<Record<string, { summary?: string; tags?: string[] }>>(
      document.paths,
    )) {
      for (const [method, operation] of Object.entries(operations)) {
        expect(operation.summary, `${method} ${path}`).toBeTruthy()
        expect(operation.tags, `${method} ${path}`).toHaveLength(1)
      }
    }
    expect(document.paths['/v1/campaigns'].post.responses['4XX']).toBeDefined()
    expect(document.components.securitySchemes.session).toMatchObject({
      in: 'cookie',
      name: '__Host-carillon',
    })
    expect(document.security).toEqual([{ apiKey: [] }, { session: [] }])
    expect(document.paths['/v1/session'].post.security).toEqual([])
  })

  test('the page loads with everything it needs from here, under its own CSP', async () => {
    const { app } = await startApp()
    const page = await app.inject({ method: 'GET', url: '/docs' })
    expect(page.statusCode).toBe(200)
    expect(page.headers['content-security-policy']).toContain("default-src 'self'")
    const links = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, link]) => link as string)
    expect(links.length).toBeGreaterThan(3)
    for (const link of links) {
      const { pathname, host } = new URL(link, 'http://here/docs')
      expect(host, link).toBe('here')
      expect((await app.inject({ method: 'GET', url: pathname })).statusCode, pathname).toBe(200)
    }
    expect(page.body, 'inline scripts, which the CSP forbids').not.toMatch(/<script(?![^>]*src=)/)
  })
})

test('every answer has the headers that keep browsers careful, and a request id', async () => {
  const { call } = await startApp()
  const { headers } = await call('GET', '/v1/campaigns')
  expect(headers).toMatchObject({
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'x-request-id': expect.stringMatching(/^[0-9a-f-]{36}$/),
  })
  expect(headers['content-security-policy']).toContain("frame-ancestors 'none'")
  const asked = await call('GET', '/v1/campaigns', undefined, { headers: { 'x-request-id': 'mine' } })
  expect(asked.headers['x-request-id']).not.toBe('mine')
})

test('neither tokens nor keys reach the log, and 4xx are no errors in it', async () => {
  const lines: string[] = []
  const sink = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk))
      done()
    },
  })
  const { call, keys } = await startApp({}, { log: pino({ level: 'trace' }, sink) })
  const token = 'planted-secret-token'
  await call('PUT', `/v1/devices/${token}`, { externalId: 'a', platform: 'ios' })
  await call('PUT', `/v1/devices/${token}`, { externalId: 'a', platform: 'windows' })
  await call('DELETE', `/v1/devices/${token}x`)
  await call('PUT', `/v1/devicesx/${token}`, {})
  await call('POST', '/v1/devices/import', `address,externalId,platform\n${token} x,a,ios\n`, {
    headers: { 'content-type': 'text/csv' },
  })
  const made = await call('POST', '/v1/api-keys', { name: 'x', role: 'viewer' })
  const log = lines.join('')
  expect(log).toContain('/v1/devices/:address')
  expect(log).not.toContain(token)
  expect(log).not.toContain(keys.admin.slice(14))
  expect(log).not.toContain(made.json.key.slice(14))
  expect(lines.filter((line) => JSON.parse(line).level >= 40)).toEqual([])
})

test('neither passwords nor cookies reach the log, whether a sign-in succeeds or not', async () => {
  const lines: string[] = []
  const sink = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk))
      done()
    },
  })
  const { app, call, keys, pool, prisma } = await startApp({}, { log: pino({ level: 'trace' }, sink) })
  const { id } = await addUser(prisma, 'ada')
  const bob = await addUser(prisma, 'bob')
  const browser = await signIn(app, { name: 'ada' })
  const { cookie } = browser
  await browser.call('POST', '/v1/campaigns', CAMPAIGN)
  await browser.call('POST', '/v1/campaigns', CAMPAIGN, { 'sec-fetch-site': 'cross-site' })
  const viewer = await signIn(app, { apiKey: keys.viewer })
  await viewer.call('DELETE', '/v1/session')
  const planted = 'planted-secret'
  const bodies = [
    { name: 'ada', password: planted },
    { name: planted, password: planted },
    { apiKey: planted },
    { name: 'ada', password: [planted] },
    { name: 'ada', password: planted.repeat(20) },
    { name: 'ada', secret: planted },
  ]
  for (const body of bodies) await openBrowser(app).call('POST', '/v1/session', body)
  await openBrowser(app, `__Host-carillon=${planted}`).call('GET', '/v1/campaigns')
  await call('POST', '/v1/users', { name: 'x', role: 'viewer', password: planted })
  await call('PATCH', `/v1/users/${bob.id}`, { password: `${planted} two` })
  await call('PATCH', `/v1/users/${bob.id}`, { password: planted.slice(0, 9) })
  const unread = await signIn(app, { name: 'ada' })
  await pool.query('ALTER TABLE users RENAME TO elsewhere')
  expect((await openBrowser(app).call('POST', '/v1/session', bodies[0] ?? {})).statusCode).toBe(500)
  expect((await unread.call('GET', '/v1/session')).statusCode).toBe(500)
  const log = lines.join('')
  expect(log).toContain('signed in')
  expect(log).toContain('signed out')
  expect(log).toContain(id)
  expect(log).not.toContain(planted.slice(0, 9))
  expect(log).not.toContain(PASSWORD)
  for (const shown of [cookie, unread.cookie]) expect(log).not.toContain(shown.split('=')[1])
  expect(log).not.toContain(keys.viewer.slice(14))
  expect(log).not.toContain('argon2id')
})

test('a body that does not arrive is given up', async () => {
  const { app, keys, pool } = await startApp({}, { bodyTimeoutMs: 100 })
  await createDevices(pool, 1)
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as AddressInfo
  const body = JSON.stringify(CAMPAIGN)
  const answer = await new Promise<string>((resolve, reject) => {
    let text = ''
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(
        `POST /v1/campaigns HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${keys.admin}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n{`,
      )
    })
    socket.on('data', (piece) => {
      text += piece
      if (text.includes('request_timeout')) socket.destroy()
    })
    socket.on('error', reject)
    socket.on('close', () => resolve(text))
  })
  expect(answer).toMatch(/^HTTP\/1\.1 408/)
  expect((await pool.query('SELECT 1 FROM campaigns')).rowCount).toBe(0)
})

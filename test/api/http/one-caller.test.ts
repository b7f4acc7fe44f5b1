/** No caller takes what all others need: exports, event streams, and memory for answers that nobody reads. */
import { once } from 'node:events'
import { type AddressInfo, connect } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { Admission } from '../../../src/api/http/admission.ts'
import { testConfig } from '../../support/config.ts'
import { createCampaign, createDevices } from '../../support/factories.ts'
import { until } from '../../support/until.ts'
import { startApp } from '../start-app.ts'
import { openDoor } from '../watch.ts'

test('a caller has one export at a time, and the others of the process are for others', async () => {
  const admission = new Admission(testConfig({ DATABASE_POOL_SIZE: 10, HTTP_EXPORTS: 3 }))
  const api = await startApp({}, { admission })
  await createDevices(api.pool, 3)
  const client = await api.pool.connect()
  await client.query('BEGIN; LOCK TABLE devices IN ACCESS EXCLUSIVE MODE')
  const first = api.call('GET', '/v1/devices/export', undefined, { as: 'viewer' })
  await until(() => admission.figures().exports === 1, { what: 'the export runs' })
  for (let again = 0; again < 3; again += 1) {
    const refused = await api.call('GET', '/v1/devices/export', undefined, { as: 'viewer' })
    expect([refused.status, refused.json.code]).toEqual([429, 'overloaded'])
    expect(refused.json.detail).toContain('you have an export running already')
  }
  const ofAdmin = api.call('GET', '/v1/devices/export')
  await until(() => admission.figures().exports === 2, { what: 'the one of the admin runs beside it' })
  await client.query('ROLLBACK')
  client.release()
  expect([(await first).status, (await ofAdmin).status]).toEqual([200, 200])
  expect((await api.call('GET', '/v1/devices/export', undefined, { as: 'viewer' })).status).toBe(200)
})

test('a caller has EVENT_STREAMS_PER_CALLER streams, and leaves the others to others', async () => {
  const api = await startApp({ EVENT_STREAMS_PER_CALLER: 2 })
  const id = await createCampaign(api.pool, { state: 'sending' })
  const { watch } = await openDoor(api)
  const mine = [watch(id), watch(id)]
  await until(() => api.app.openStreams() === 2, { what: 'two streams are open' })
  const third = watch(id)
  await until(() => third.isOver, { what: 'the third is refused' })
  expect([third.status, third.text]).toEqual([503, expect.stringContaining('EVENT_STREAMS_PER_CALLER')])
  const ofAdmin = watch(id, { authorization: `Bearer ${api.keys.admin}` })
  await until(() => ofAdmin.events.length === 1, { what: 'somebody else watches' })
  mine[0]?.request.destroy()
  await until(() => api.app.openStreams() === 2, { what: 'a place is free' })
  const again = watch(id)
  await until(() => again.events.length === 1, { what: 'it is taken' })
})

test('answers that a caller has not read are limited', () => {
  const admission = new Admission(testConfig({}))
  const release = admission.hold('a', 8 * 1024 * 1024)
  admission.enter('normal', 'a')()
  const more = admission.hold('a', 1)
  expect(() => admission.enter('normal', 'a')).toThrow(
    'you have not read 8388609 bytes of earlier answers yet',
  )
  // Neither others nor a pause.
  admission.enter('normal', 'b')()
  admission.enter('vital', 'a')()
  more()
  more()
  admission.enter('normal', 'a')()
  release()
  expect(admission.figures().inHand).toBe(0)
})

const MEGABYTE = { externalIds: Array.from({ length: 10_000 }, (_, i) => `m${String(i).padStart(94, '0')}`) }

async function setupReader() {
  const api = await startApp({}, { readerLimits: { lookEveryMs: 20, leastBytesPerSecond: 1_024, looks: 3 } })
  const id = await createCampaign(api.pool, { audience: MEGABYTE })
  await api.app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = api.app.server.address() as AddressInfo
  const socket = connect(port, '127.0.0.1')
  onTestFinished(() => void socket.destroy())
  await once(socket, 'connect')
  const request = `GET /v1/campaigns/${id} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${api.keys.viewer}\r\n\r\n`
  return { api, socket, request }
}

test('a client that reads nothing is ended', async () => {
  const { api, socket, request } = await setupReader()
  socket.pause()
  let isOver = false
  api.app.server.once('connection', () => {})
  socket.once('close', () => {
    isOver = true
  })
  socket.on('error', () => {})
  // More than the kernel keeps for a connection.
  socket.write(request.repeat(12))
  const connections = () =>
    new Promise<number>((resolve) => api.app.server.getConnections((_, n) => resolve(n)))
  await until(async () => (await connections()) === 0, { what: 'the server has ended the connection' })
  socket.resume()
  await until(() => isOver, { what: 'the client sees it' })
})

test('a client that reads is not', async () => {
  const { socket, request } = await setupReader()
  let bytes = 0
  socket.on('data', (data) => {
    bytes += data.length
  })
  socket.write(request.repeat(12))
  await until(() => bytes > 12 * 979_000, { what: 'all twelve answers have arrived' })
})

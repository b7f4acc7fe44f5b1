import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { EventStream, frameOf } from '../../../src/api/http/event-stream.ts'
import { until } from '../../support/until.ts'

/** More than any kernel holds for a connection. */
const LARGE = Buffer.alloc(64 * 1024 * 1024, 'x')

/** A stream whose reader does not read. */
async function openStuckStream() {
  const opened = Promise.withResolvers<EventStream>()
  let gone = 0
  const server = createServer((_request, response) => {
    opened.resolve(new EventStream(response, {}, () => (gone += 1)))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const reader = connect((server.address() as AddressInfo).port, '127.0.0.1')
  reader.pause()
  reader.on('error', () => {})
  reader.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n')
  onTestFinished(() => {
    reader.destroy()
    server.close()
    server.closeAllConnections()
  })
  return { stream: await opened.promise, gone: () => gone }
}

test('what a reader leaves unread is not added to: the connection is dropped, once', async () => {
  const { stream, gone } = await openStuckStream()
  stream.write(LARGE)
  expect(gone()).toBe(0)
  stream.write(Buffer.from('one more'))
  await until(() => gone() > 0, { what: 'the stream is gone' })
  stream.write(Buffer.from('after the end'))
  stream.end()
  expect(gone()).toBe(1)
})

test('an end that is not read is not waited for', async () => {
  const { stream, gone } = await openStuckStream()
  stream.write(LARGE)
  stream.end(frameOf('end', '{}'))
  stream.end()
  await until(() => gone() === 1, { what: 'the stream is gone' })
})

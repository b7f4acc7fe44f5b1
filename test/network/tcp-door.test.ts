import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { TcpDoor } from '../../testing/network/tcp-door.ts'
import { until } from '../support/until.ts'

/** A server that answers each piece with the same piece, and a door to it. */
async function setup() {
  const ends: Socket[] = []
  const server = createServer((socket) => {
    ends.push(socket)
    socket.on('error', () => {})
    socket.pipe(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const door = await TcpDoor.to(`tcp://127.0.0.1:${(server.address() as AddressInfo).port}`)
  onTestFinished(async () => {
    await door.shut()
    for (const end of ends) end.destroy()
    server.close()
  })
  const call = async () => {
    const [host, port] = door.host.split(':')
    const socket = connect(Number(port), host)
    const heard = { text: '', error: '', hasEnded: false }
    socket.on('data', (data) => {
      heard.text += data
    })
    socket.on('error', (error: Error & { code?: string }) => {
      heard.error = error.code ?? error.message
    })
    socket.on('end', () => {
      heard.hasEnded = true
    })
    onTestFinished(() => {
      socket.destroy()
    })
    return { socket, heard }
  }
  const hears = (heard: { text: string }, text: string) =>
    until(() => heard.text === text, { what: `"${text}" has come back` })
  return { door, ends, call, hears }
}

test('an open door relays both ways, and a close on one side is one on the other', async () => {
  const { door, ends, call, hears } = await setup()
  const { socket, heard } = await call()
  socket.write('one')
  await hears(heard, 'one')
  expect(door.connections).toBe(1)
  expect(door.clientPorts).toEqual([ends[0]?.remotePort])
  socket.end()
  await until(() => ends[0]?.destroyed === true, { what: 'the server has seen the end' })
  await until(() => door.connections === 0, { what: 'the connection is gone' })
})

test('a door that is shut resets what is open and refuses what is new, until it is opened on the same port', async () => {
  const { door, call, hears } = await setup()
  const first = await call()
  first.socket.write('one')
  await hears(first.heard, 'one')
  const { host } = door
  await door.shut()
  await until(() => first.heard.error === 'ECONNRESET', { what: 'it is reset' })
  const second = await call()
  await until(() => second.heard.error === 'ECONNREFUSED', { what: 'it is refused' })
  await door.open()
  expect(door.host).toBe(host)
  const third = await call()
  third.socket.write('three')
  await hears(third.heard, 'three')
})

test('a held door passes nothing, and everything in order when it is opened', async () => {
  const { door, ends, call, hears } = await setup()
  const { socket, heard } = await call()
  socket.write('one')
  await hears(heard, 'one')
  door.hold()
  const later = await call()
  later.socket.end('late')
  socket.write('two')
  socket.write('three')
  await until(() => ends.length === 2, { what: 'a new connection is accepted' })
  expect([heard.text, ends[1]?.bytesRead, ends[0]?.bytesRead]).toEqual(['one', 0, 3])
  await door.open()
  await hears(heard, 'onetwothree')
  await until(() => ends[1]?.bytesRead === 4 && ends[1].destroyed, {
    what: 'the other one and its end are there',
  })
})

test('what a door swallows never arrives: neither bytes nor ends, nor after it is opened', async () => {
  const { door, ends, call, hears } = await setup()
  const { socket, heard } = await call()
  socket.write('one')
  await hears(heard, 'one')
  door.swallow()
  socket.write('two')
  ends[0]?.write('three')
  socket.end()
  await until(() => socket.bytesWritten === 6, { what: 'it is sent' })
  await door.open()
  const { socket: next, heard: nextHeard } = await call()
  next.write('four')
  await hears(nextHeard, 'four')
  expect([heard.text, heard.hasEnded, heard.error]).toEqual(['one', false, ''])
  expect([ends[0]?.bytesRead, ends[0]?.readableEnded]).toEqual([3, false])
})

test('what is late stays in order, also when the delay ends', async () => {
  const { door, call, hears } = await setup()
  const { socket, heard } = await call()
  socket.write('one')
  await hears(heard, 'one')
  door.delay(150)
  const startedAt = performance.now()
  socket.write('two')
  await until(() => door.connections === 1 && performance.now() - startedAt > 20, {
    what: 'it is at the door',
  })
  await door.open()
  socket.write('three')
  await hears(heard, 'onetwothree')
  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(150)
})

test('no port of a door is one that the system gives to clients: it would be taken while the door is shut', async () => {
  for (let i = 0; i < 20; i++) {
    const door = await TcpDoor.to('http://127.0.0.1:1')
    expect(Number(door.host.split(':').at(-1))).toBeLessThan(32_768)
    await door.shut()
  }
})

import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { expect, onTestFinished, test } from 'vitest'
import { ApiClient, RefusedError } from '../../load/campaign/api-client.ts'
import { makeCertificate } from '../../testing/fake-fcm/certificate.ts'

type Answer = (request: IncomingMessage, response: ServerResponse) => void

const setup = async (answer: Answer, tls?: { key: string; cert: string }) => {
  const server = tls ? createTlsServer(tls, answer) : createServer(answer)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  const address = `${tls ? 'https' : 'http'}://127.0.0.1:${port}`
  const signal = new AbortController().signal
  return { client: (ca?: Buffer) => new ApiClient(address, 'cari_key', signal, ca) }
}

test('a certificate of its own is trusted when it is given, and not otherwise', async () => {
  const tls = makeCertificate()
  const { client } = await setup((_, response) => response.end('{}'), tls)
  await expect(client(Buffer.from(tls.cert)).get('/')).resolves.toEqual({})
  await expect(client().get('/')).rejects.toThrow(/cannot be reached: .*self-signed/)
})

test('an import is sent as it is made, with a key, and its report is understood', async () => {
  const { client } = await setup(async (request, response) => {
    const body = await buffer(request)
    const { authorization, 'content-type': type, 'transfer-encoding': coding } = request.headers
    response.end(JSON.stringify({ lines: body.toString(), authorization, type, coding }))
  })
  function* pieces() {
    yield Buffer.from('a\n')
    yield Buffer.from('b\n')
  }
  expect(await client().importPieces(pieces())).toEqual({
    lines: 'a\nb\n',
    authorization: 'Bearer cari_key',
    type: 'text/csv',
    coding: 'chunked',
  })
})

test('a refusal in the middle of an import is told, and not the broken pipe', async () => {
  const { client } = await setup((request, response) => {
    response.writeHead(413, { connection: 'close' }).end('{"code":"body_too_large","detail":"Too much."}')
    response.on('finish', () => request.destroy())
  })
  function* endless() {
    for (;;) yield Buffer.alloc(65_536)
  }
  const refused = client().importPieces(endless())
  await expect(refused).rejects.toThrow(RefusedError)
  await expect(refused).rejects.toThrow('answered 413 body_too_large: Too much.')
})

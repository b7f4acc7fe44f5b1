/** A TLS server that speaks HTTP/2 frame by frame, as a test tells it to: also what no decent server does. */
import type { AddressInfo, Socket } from 'node:net'
import { createServer } from 'node:tls'
import { onTestFinished } from 'vitest'
import { FrameReader } from '../../../../src/push/fcm/http2/frames.ts'
import { makeCertificate } from '../../../../testing/fake-fcm/certificate.ts'
import { until } from '../../../support/until.ts'

interface SeenFrame {
  type: number
  flags: number
  streamId: number
  payload: Buffer
}

export class RawPeer {
  readonly frames: SeenFrame[] = []
  isClosed = false
  readonly #socket: Socket
  #preface = Buffer.alloc(0)

  constructor(socket: Socket) {
    this.#socket = socket
    const reader = new FrameReader()
    socket.on('error', () => {})
    socket.on('close', () => {
      this.isClosed = true
    })
    socket.on('data', (bytes: Buffer) => {
      let rest = bytes
      if (this.#preface.length < 24) {
        const all = Buffer.concat([this.#preface, bytes])
        this.#preface = all.subarray(0, 24)
        rest = all.subarray(24)
      }
      reader.push(
        rest,
        (type, flags, streamId, payload) => void this.frames.push({ type, flags, streamId, payload }),
        () => false,
      )
    })
  }

  send(type: number, flags: number, streamId: number, payload: Buffer | string = ''): void {
    const body = typeof payload === 'string' ? Buffer.from(payload, 'hex') : payload
    this.sendWithLength(body.length, type, flags, streamId, body)
  }

  sendWithLength(length: number, type: number, flags: number, streamId: number, body: Buffer): void {
    const head = Buffer.alloc(9)
    head.writeUIntBE(length, 0, 3)
    head[3] = type
    head[4] = flags
    head.writeUInt32BE(streamId, 5)
    this.#socket.write(Buffer.concat([head, body]))
  }

  /** Of that type, once there are so many. */
  async seen(type: number, count = 1): Promise<SeenFrame[]> {
    return await until(
      () => {
        const found = this.frames.filter((frame) => frame.type === type)
        return found.length >= count && found
      },
      { what: `${count} frames of type ${type} have arrived` },
    )
  }

  destroy(): void {
    this.#socket.destroy()
  }
}

/** `settings`: payload of the SETTINGS that each connection gets at once, in hex; null for none. */
export async function startRawServer({ settings = '' as string | null } = {}) {
  const certificate = makeCertificate()
  const peers: RawPeer[] = []
  const server = createServer({ ...certificate, ALPNProtocols: ['h2'] }, (socket) => {
    const peer = new RawPeer(socket)
    peers.push(peer)
    if (settings !== null) peer.send(4, 0, 0, settings)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    for (const peer of peers) peer.destroy()
    server.close()
  })
  return {
    origin: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ca: certificate.cert,
    peers,
    peer: () => until(() => peers[0], { what: 'a client has connected' }),
  }
}

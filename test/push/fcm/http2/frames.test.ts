import fc from 'fast-check'
import { expect, test } from 'vitest'
import { FrameReader } from '../../../../src/push/fcm/http2/frames.ts'

interface Frame {
  type: number
  flags: number
  streamId: number
  payload: string
}

function encode({ type, flags, streamId, payload }: Frame): Buffer {
  const body = Buffer.from(payload, 'hex')
  const head = Buffer.alloc(9)
  head.writeUIntBE(body.length, 0, 3)
  head[3] = type
  head[4] = flags
  head.writeUInt32BE(streamId, 5)
  return Buffer.concat([head, body])
}

const frame = fc.record({
  type: fc.nat(255),
  flags: fc.nat(255),
  streamId: fc.nat(2 ** 31 - 1),
  payload: fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes).toString('hex')),
})

test('frames come out as they went in, however the bytes are cut', () => {
  fc.assert(
    fc.property(
      fc.array(frame, { maxLength: 20 }),
      fc.array(fc.integer({ min: 1, max: 60 })),
      (frames, cuts) => {
        const bytes = Buffer.concat(frames.map(encode))
        const reader = new FrameReader()
        const seen: Frame[] = []
        const onFrame = (type: number, flags: number, streamId: number, payload: Buffer) =>
          void seen.push({ type, flags, streamId, payload: payload.toString('hex') })
        let at = 0
        for (const cut of cuts) {
          reader.push(bytes.subarray(at, at + cut), onFrame, () => false)
          at += cut
        }
        reader.push(bytes.subarray(at), onFrame, () => false)
        expect(seen).toEqual(frames)
      },
    ),
  )
})

test('a frame above what we allow is refused before it is collected', () => {
  const reader = new FrameReader()
  const head = Buffer.from([0, 0x40, 1, 0, 0, 0, 0, 0, 1])
  expect(() =>
    reader.push(
      head,
      () => {},
      () => false,
    ),
  ).toThrow('a frame of 16385 bytes')
})

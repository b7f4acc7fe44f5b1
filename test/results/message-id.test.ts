import fc from 'fast-check'
import { expect, test } from 'vitest'
import { packMessageId, unpackMessageId } from '../../src/results/message-id.ts'

const stored = (id: string) => Buffer.from(packMessageId(id), 'hex')

test.each([
  ['an id as FCM gives it', '0:1500415314455276%31bd1c9631bd1c96', 16],
  ['one of the first moment there was', '0:0000000000000000%0000000000000000', 16],
  ['a number too large to be read as one', '0:9999999999999999%31bd1c9631bd1c96', 35],
  ['capital letters', '0:1500415314455276%31BD1C9631BD1C96', 35],
  ['another beginning', '1:1500415314455276%31bd1c9631bd1c96', 35],
  ['something behind it', '0:1500415314455276%31bd1c9631bd1c96\n', 36],
  ['a UUID', '6f1ed002-ab5b-4b3e-8a2c-0123456789ab', 17],
  ['a UUID in capital letters', '6F1ED002-AB5B-4B3E-8A2C-0123456789AB', 36],
  ['what validate_only answers', 'fake_message_id', 15],
  ['letters of two bytes and more', 'ÿþ 알림 🔔', 16],
  ['nothing', '', 0],
])('%s is stored in few bytes and read as it was', (_what, id, bytes) => {
  expect(stored(id)).toHaveLength(bytes)
  expect(unpackMessageId(stored(id))).toBe(id)
})

test('whatever FCM calls a message, it is read as it was', () => {
  const of16 = (radix: number) =>
    fc.bigInt(0n, BigInt(radix) ** 16n - 1n).map((value) => value.toString(radix).padStart(16, '0'))
  const numbered = fc.tuple(of16(10), of16(16)).map(([digits, suffix]) => `0:${digits}%${suffix}`)
  const anything = fc.string({ unit: 'binary' })
  fc.assert(
    fc.property(fc.oneof(numbered, fc.uuid(), anything), (id) => unpackMessageId(stored(id)) === id),
    { numRuns: 300 },
  )
})

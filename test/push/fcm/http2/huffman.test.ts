import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeHuffman } from '../../../../src/push/fcm/http2/huffman.ts'

const decode = (hex: string) => {
  const bytes = Buffer.from(hex, 'hex')
  return decodeHuffman(bytes, 0, bytes.length)
}

// RFC 7541, C.4 and C.6.
test.each([
  ['f1e3c2e5f23a6ba0ab90f4ff', 'www.example.com'],
  ['a8eb10649cbf', 'no-cache'],
  ['25a849e95ba97d7f', 'custom-key'],
  ['25a849e95bb8e8b4bf', 'custom-value'],
  ['6402', '302'],
  ['aec3771a4b', 'private'],
  ['d07abe941054d444a8200595040b8166e082a62d1bff', 'Mon, 21 Oct 2013 20:13:21 GMT'],
  ['9d29ad171863c78f0b97c8e9ae82ae43d3', 'https://www.example.com'],
  [
    '94e7821dd7f2e6c7b335dfdfcd5b3960d5af27087f3672c1ab270fb5291f9587316065c003ed4ee5b1063d5007',
    'foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1',
  ],
])('%s is %s', (hex, text) => {
  expect(decode(hex)).toBe(text)
})

test.each([
  ['a whole byte of padding', 'f1e3c2e5f23a6ba0ab90f4ffff'],
  ['padding that is not ones', '00'],
  ['the end of strings, which nobody may send', 'ffffffff'],
])('%s is refused', (_, hex) => {
  expect(() => decode(hex)).toThrow(/Huffman/)
})

test('no bytes make it do anything but answer or throw', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      try {
        decodeHuffman(Buffer.from(bytes), 0, bytes.length)
      } catch (error) {
        expect((error as Error).message).toMatch(/Huffman/)
      }
    }),
  )
})

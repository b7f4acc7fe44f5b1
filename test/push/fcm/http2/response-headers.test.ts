import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ResponseHeaders } from '../../../../src/push/fcm/http2/response-headers.ts'

const bytes = (hex: string) => Buffer.from(hex.replace(/\s/g, ''), 'hex')

test('the three answers of RFC 7541, C.6, in a table of 256 bytes, with evictions', () => {
  const headers = new ResponseHeaders()
  headers.read(
    bytes(`3fe101 4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b ff6e 919d 29ad
      1718 63c7 8f0b 97c8 e9ae 82ae 43d3`),
  )
  expect(headers.status).toBe(302)
  headers.read(bytes('4883 640e ffc1 c0bf'))
  expect(headers.status).toBe(307)
  headers.read(
    bytes(`88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b d9ab 77ad 94e7 821d d7f2 e6c7
      b335 dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f 9587 3160 65c0 03ed 4ee5 b106 3d50 07`),
  )
  expect(headers.status).toBe(200)
})

test('Retry-After is found by its number, by its name, and in the table', () => {
  const headers = new ResponseHeaders()
  const byNumber = Buffer.concat([bytes('48 03'), Buffer.from('503'), bytes('0f26 02'), Buffer.from('17')])
  headers.read(byNumber)
  expect(headers).toMatchObject({ status: 503, retryAfter: '17' })
  headers.read(Buffer.concat([bytes('be 40 0b'), Buffer.from('retry-after'), bytes('02'), Buffer.from('18')]))
  expect(headers).toMatchObject({ status: 503, retryAfter: '18' })
  headers.read(bytes('bf be'))
  expect(headers).toMatchObject({ status: 503, retryAfter: '18' })
  headers.read(bytes('88'))
  expect(headers).toMatchObject({ status: 200, retryAfter: undefined })
})

describe('refused is', () => {
  test.each([
    ['an entry that is in no table', 'be'],
    ['entry 0', '80'],
    ['a number without an end', 'ffffffffffffff'],
    ['a number that is cut off', 'ff'],
    ['a text longer than its block', '48 7f ff 01'],
    ['a table larger than we allow', '3fe21f'],
    ['a table size behind a field', '88 20'],
    ['a block that ends before its value', '48'],
  ])('%s', (_, hex) => {
    expect(() => new ResponseHeaders().read(bytes(hex))).toThrow()
  })
})

test('an entry larger than the table empties it', () => {
  const headers = new ResponseHeaders()
  headers.read(Buffer.concat([bytes('48 03'), Buffer.from('429')]))
  headers.read(bytes('be'))
  expect(headers.status).toBe(429)
  // A table of 64 bytes, and an entry of 32 + 7 + 40.
  headers.read(Buffer.concat([bytes('3f21 48 28'), Buffer.alloc(40, 0x61)]))
  expect(() => headers.read(bytes('be'))).toThrow('entry 62')
})

test('no bytes make it do anything but answer or throw, and its table stays within bounds', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 20 }), (blocks) => {
      const headers = new ResponseHeaders()
      for (const block of blocks) {
        try {
          headers.read(Buffer.from(block))
        } catch (error) {
          expect(error).toBeInstanceOf(Error)
          expect(error).not.toBeInstanceOf(TypeError)
        }
      }
    }),
  )
})

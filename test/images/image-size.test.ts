import { describe, expect, test } from 'vitest'
import { readImageSize } from '../../src/images/image-size.ts'
import { gif, jpeg, png, webp } from './some-images.ts'

const ALL: [string, Buffer][] = [
  ['png', png(1200, 600)],
  ['jpg', jpeg(1200, 600)],
  ['gif', gif(1200, 600)],
  ['webp', webp('VP8 ', 1200, 600)],
  ['webp', webp('VP8L', 1200, 600)],
  ['webp', webp('VP8X', 1200, 600)],
]

describe('the kind and the size of an image', () => {
  test.each(ALL)('%s', (kind, bytes) => {
    expect(readImageSize(bytes)).toEqual({ kind, width: 1200, height: 600 })
  })

  test('tables with the number of a frame are no frame', () => {
    for (const table of [0xc4, 0xc8, 0xcc]) expect(readImageSize(jpeg(1200, 600, table))).toBeNull()
  })

  test.each([
    ['an SVG', '<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>'],
    ['a page', '<!doctype html><script>alert(1)</script>'],
    ['nothing', ''],
    ['a HEIC file', '\0\0\0\x18ftypheic\0\0\0\0mif1heic'],
    ['a page that begins like a GIF', 'GIF89b<script>alert(1)</script>'],
  ])('%s is none', (_what, text) => {
    expect(readImageSize(Buffer.from(text, 'latin1'))).toBeNull()
  })

  test.each(ALL)('a %s without a width, or cut off within its header, is none', (kind, bytes) => {
    if (kind !== 'webp') {
      const make = { png, jpg: jpeg, gif }[kind as 'png' | 'jpg' | 'gif']
      expect(readImageSize(make(0, 600))).toBeNull()
    }
    const needed = kind === 'jpg' ? bytes.length - 8 : bytes.length
    for (let length = 0; length < needed; length++) {
      expect(readImageSize(bytes.subarray(0, length))).toBeNull()
    }
  })

  test('a WebP that says it is longer than the file is none', () => {
    const bytes = webp('VP8X', 10, 10)
    bytes.writeUInt32LE(1_000, 4)
    expect(readImageSize(bytes)).toBeNull()
  })

  test('no broken header throws or loops: each byte replaced by each extreme, and random ones', () => {
    const began = performance.now()
    for (const [, bytes] of ALL) {
      for (let at = 0; at < bytes.length; at++) {
        for (const value of [0x00, 0x01, 0x7f, 0xff, 0xc0, 0xd9]) {
          const broken = Buffer.from(bytes)
          broken[at] = value
          readImageSize(broken)
        }
      }
    }
    let seed = 1
    const random = () => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648
      return seed
    }
    for (let n = 0; n < 2_000; n++) {
      const [, bytes] = ALL[random() % ALL.length] as [string, Buffer]
      const broken = Buffer.concat([bytes, Buffer.alloc(random() % 64, random() % 256)])
      for (let hits = 0; hits < 4; hits++) broken[3 + (random() % (broken.length - 3))] = random() % 256
      readImageSize(broken)
    }
    // Filling all through a megabyte, and the shortest segments: one step forward each.
    const filling = Buffer.alloc(1_048_576, 0xff)
    filling.write('\xff\xd8\xff', 'latin1')
    expect(readImageSize(filling)).toBeNull()
    const segments = Buffer.alloc(1_048_576)
    segments.write('\xff\xd8', 'latin1')
    for (let at = 2; at + 4 <= segments.length; at += 4) segments.write('\xff\xe0\x00\x02', at, 'latin1')
    expect(readImageSize(segments)).toBeNull()
    expect(performance.now() - began).toBeLessThan(5_000)
  })
})

/** Device lists of any bytes: each line is a device that can be stored or a rejection that says why, however it is cut. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { csvReader, type LineReader, ndjsonReader, type ReadLine } from '../../src/audience/device-lines.ts'
import { storeDevices } from '../../src/audience/device-store.ts'
import { type Line, readLines } from '../../src/audience/read-lines.ts'
import { DEVICE_FIELDS, isRejection, REJECTION_CODES } from '../../src/domain/device-row.ts'
import { AS_IMPORT } from '../support/a-device.ts'
import { createTestDatabase } from '../support/database.ts'

const MAX_LINE = 300

/** The input in pieces that end at `cuts`; a piece of no bytes too. */
async function linesOf(input: Buffer, cuts: readonly number[]): Promise<Line[]> {
  async function* source() {
    let from = 0
    for (const cut of [...cuts].sort((a, b) => a - b)) {
      const to = Math.max(from, Math.min(cut, input.length))
      yield Buffer.from(input.subarray(from, to))
      from = to
    }
    yield Buffer.from(input.subarray(from))
  }
  const lines: Line[] = []
  for await (const group of readLines(source(), MAX_LINE)) lines.push(...group)
  return lines
}

const text = fc.string({ unit: 'binary' })
const hostile = fc.oneof(
  text,
  fc.constantFrom('', '"', '""', ',', '\r', '\0', '\ud800', '__proto__', 'a'.repeat(5_000), '\ufeff', '🎉'),
)
const deviceJson = fc
  .record(
    {
      address: fc.oneof(fc.constant('tok:1'), hostile, fc.jsonValue()),
      externalId: fc.oneof(fc.constant('m1'), hostile, fc.jsonValue()),
      platform: fc.oneof(fc.constantFrom('ios', 'web'), hostile, fc.jsonValue()),
      locale: fc.oneof(fc.constant('de_at'), hostile, fc.jsonValue()),
      timezone: fc.oneof(fc.constant('Europe/Vienna'), hostile, fc.jsonValue()),
      attributes: fc.oneof(fc.dictionary(hostile, fc.jsonValue()), fc.jsonValue()),
      optedOut: fc.oneof(fc.boolean(), fc.jsonValue()),
    },
    { requiredKeys: [] },
  )
  .map((value) => JSON.stringify(value))
const jsonLine = fc.oneof(
  deviceJson,
  fc.json(),
  hostile,
  fc.constantFrom(
    '{"__proto__":{}}',
    '{"address":1e999}',
    '['.repeat(30_000),
    `{"attributes":${'[1,'.repeat(20_000)}`,
  ),
)
const csvField = fc.oneof(fc.constantFrom('tok:1', 'm1', 'ios', 'de'), hostile, fc.json().map(quoted))
const csvLine = fc.oneof(
  fc.array(csvField, { maxLength: 9 }).map((fields) => fields.join(',')),
  hostile,
)
const HEADER = 'address,externalId,platform,locale,timezone,attributes,optedOut'
/** Rows that would do, with an attribute in each that may not. */
const goodCsv = fc
  .tuple(fc.nat(), fc.dictionary(fc.string(), fc.jsonValue()))
  .map(
    ([n, attributes]) =>
      `tok:${n},m${n % 7},ios,de,Europe/Vienna,${quoted(JSON.stringify(attributes))},false`,
  )

function quoted(value: string): string {
  return `"${value.replaceAll('"', '""')}"`
}

function expectSense(lines: readonly ReadLine[]): void {
  for (const { number, device } of lines) {
    expect(number).toBeGreaterThan(0)
    if (isRejection(device)) {
      expect(REJECTION_CODES).toContain(device.code)
      expect(device.reason).not.toBe('')
      expect(device.reason.length).toBeLessThan(400)
      expect(device.reason.isWellFormed()).toBe(true)
      if (device.field !== undefined) expect(DEVICE_FIELDS).toContain(device.field)
    } else {
      for (const value of Object.values(device)) {
        if (typeof value === 'string') expect(value.isWellFormed() && !value.includes('\0')).toBe(true)
      }
      if (device.attributes !== null) expect(JSON.parse(device.attributes)).toBeTypeOf('object')
    }
  }
}

const numbered = (texts: readonly string[]): Line[] =>
  // What a reader of lines would give: UTF-8, no line break inside.
  texts.map((text, index) => ({ number: index + 1, text: text.replaceAll('\n', ' ').toWellFormed() }))

describe('lines of any bytes', () => {
  test('are the same wherever the input is cut', async () => {
    const piece = fc.oneof(
      fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes)),
      hostile.map((line) => Buffer.from(`${line}\n`)),
      fc.constantFrom(
        Buffer.from('\r\n'),
        Buffer.from([0xff, 0x0a]),
        Buffer.from([0xe2, 0x82]),
        Buffer.alloc(MAX_LINE, 0xff),
      ),
    )
    await fc.assert(
      fc.asyncProperty(
        fc.array(piece, { maxLength: 12 }).map((pieces) => Buffer.concat(pieces)),
        fc.array(fc.nat({ max: 3_000 }), { maxLength: 20 }),
        async (input, cuts) => {
          const whole = await linesOf(input, [])
          expect(await linesOf(input, cuts)).toEqual(whole)
          expect(whole.map(({ number }) => number)).toEqual(whole.map((_, index) => index + 1))
        },
      ),
      { numRuns: 300 },
    )
  })

  const readers: [name: string, () => LineReader, fc.Arbitrary<string>][] = [
    ['NDJSON', ndjsonReader, jsonLine],
    ['CSV', () => started(csvReader()), fc.oneof(csvLine, goodCsv)],
  ]
  test.each(readers)(
    'of %s are devices or rejections, one for each that holds something',
    (_name, make, line) => {
      fc.assert(
        fc.property(fc.array(line, { maxLength: 8 }), (texts) => {
          const lines = numbered(texts)
          const read = make().read(lines)
          const held = lines.filter((line) => 'text' in line && withoutMark(line) !== '')
          expect(read.map(({ number }) => number)).toEqual(held.map(({ number }) => number))
          expectSense(read)
          // No line's fate depends on its neighbours'.
          const alone = lines.flatMap((line) => make().read([line]))
          expect(alone).toEqual(read)
        }),
        { numRuns: 300 },
      )
    },
  )

  test('never make a header that is taken for one', () => {
    fc.assert(
      fc.property(fc.array(csvLine, { minLength: 1, maxLength: 4 }), (texts) => {
        const reader = csvReader()
        try {
          expectSense(reader.read(numbered(texts)))
          reader.end()
        } catch (error) {
          expect(error).toMatchObject({ code: 'invalid_csv_header', status: 400 })
        }
      }),
      { numRuns: 300 },
    )
  })

  test('that are taken can be stored', async () => {
    const { pool } = await createTestDatabase()
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof({ weight: 3, arbitrary: goodCsv }, csvLine), { minLength: 1, maxLength: 30 }),
        fc.array(jsonLine, { maxLength: 10 }),
        async (csv, json) => {
          const read = [...started(csvReader()).read(numbered(csv)), ...ndjsonReader().read(numbered(json))]
          const rows = read.flatMap(({ device }) => (isRejection(device) ? [] : [device]))
          const byAddress = new Map(rows.map((row) => [row.address, row]))
          if (byAddress.size > 0) await storeDevices(pool, [...byAddress.values()], AS_IMPORT)
        },
      ),
      { numRuns: 60 },
    )
  }, 30_000)
})

/** With its header read, so that every line is one of devices. */
function started(reader: LineReader): LineReader {
  reader.read([{ number: 1, text: HEADER }])
  return reader
}

/** A mark at the beginning of a file is no content. */
function withoutMark(line: Line): string {
  if (!('text' in line)) return ''
  return (line.number === 1 && line.text.startsWith('\ufeff') ? line.text.slice(1) : line.text).trim()
}

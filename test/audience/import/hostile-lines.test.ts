/** Device lists of any bytes: each line is a device that can be stored or a rejection that says why, however it is cut. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { storeDevices } from '../../../src/audience/device-store.ts'
import { CsvList } from '../../../src/audience/import/csv-list.ts'
import type { FoundDevice } from '../../../src/audience/import/found-device.ts'
import { importDevices } from '../../../src/audience/import/import-devices.ts'
import { JsonList } from '../../../src/audience/import/json-list.ts'
import type { ListReader } from '../../../src/audience/import/list-reader.ts'
import { type Line, readLines } from '../../../src/audience/import/read-lines.ts'
import { isRejection } from '../../../src/domain/device-row.ts'
import { AppError } from '../../../src/domain/errors.ts'
import { DEVICE_FIELDS, REJECTION_CODES } from '../../../src/domain/rejection.ts'
import { AS_IMPORT } from '../../support/a-device.ts'
import { createTestDatabase } from '../../support/database.ts'

const MAX_LINE = 300

/** The input in pieces that end at `cuts`; a piece of no bytes too. */
async function* inPieces(input: Buffer, cuts: readonly number[]) {
  let from = 0
  for (const cut of [...cuts].sort((a, b) => a - b)) {
    const to = Math.max(from, Math.min(cut, input.length))
    yield Buffer.from(input.subarray(from, to))
    from = to
  }
  yield Buffer.from(input.subarray(from))
}

/** The lines, and where they end because one is not UTF-8. */
async function linesOf(input: Buffer, cuts: readonly number[]): Promise<(Line | string)[]> {
  const lines: (Line | string)[] = []
  try {
    for await (const group of readLines(inPieces(input, cuts), {
      encoding: 'utf-8',
      maxLineBytes: MAX_LINE,
    })) {
      lines.push(...group)
    }
  } catch (error) {
    expect(error).toMatchObject({ code: 'encoding_contradicted' })
    lines.push((error as AppError).fields[0]?.field ?? '')
  }
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
      token: fc.oneof(fc.constant('tok:1'), hostile, fc.jsonValue()),
      fid: fc.oneof(fc.constant('cFidFidFidFidFidFid_-1'), hostile, fc.jsonValue()),
      consentAt: fc.oneof(fc.constant('2026-01-01'), hostile, fc.jsonValue()),
      User: fc.jsonValue(),
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
    '{"token":1e999}',
    '['.repeat(30_000),
    `{"attributes":${'[1,'.repeat(20_000)}`,
  ),
)
const csvField = fc.oneof(fc.constantFrom('tok:1', 'm1', 'ios', 'de'), hostile, fc.json().map(quoted))
const csvLine = fc.oneof(
  fc.array(csvField, { maxLength: 9 }).map((fields) => fields.join(',')),
  hostile,
)
const HEADER = 'token,externalId,platform,locale,timezone,attributes,optedOut'
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

function expectSense(lines: readonly FoundDevice[]): void {
  for (const { number, device } of lines) {
    expect(number).toBeGreaterThan(0)
    if (isRejection(device)) {
      expect(REJECTION_CODES).toContain(device.code)
      expect(device.reason).not.toBe('')
      expect(device.reason.length).toBeLessThan(500)
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
          const numbers = whole.map((line, index) => (typeof line === 'string' ? index + 1 : line.number))
          expect(numbers).toEqual(whole.map((_, index) => index + 1))
        },
      ),
      { numRuns: 300 },
    )
  })

  const readers: [name: string, () => ListReader, fc.Arbitrary<string>][] = [
    ['NDJSON', () => new JsonList([], new Map()), jsonLine],
    ['CSV', csvList, fc.oneof(csvLine, goodCsv)],
  ]
  test.each(readers)('of %s are devices or rejections, none of them lost', (_name, make, line) => {
    fc.assert(
      fc.property(fc.array(line, { maxLength: 8 }), (texts) => {
        const lines = numbered(texts)
        const reader = make()
        const read = [...reader.read(lines), ...reader.end()]
        expectSense(read)
        const numbers = read.map(({ number }) => number)
        expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b))
        // A line that gives a device on its own gives it here, unless it is within the quotes of another.
        const alone = lines.flatMap((each) => {
          const own = make()
          return [...own.read([each]), ...own.end()]
        })
        const isGood = ({ device }: FoundDevice) => !isRejection(device)
        for (const each of alone.filter(isGood)) expect(read).toContainEqual(each)
      }),
      { numRuns: 300 },
    )
  })

  test('are a list or an error with a code, whatever they are', async () => {
    const file = fc.oneof(
      fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes)),
      fc.array(csvLine, { maxLength: 6 }).map((texts) => Buffer.from(texts.join('\n'))),
      fc.array(jsonLine, { maxLength: 6 }).map((texts) => Buffer.from(texts.join('\n'))),
      fc.array(jsonLine, { maxLength: 6 }).map((texts) => Buffer.from(`[${texts.join(',')}]`)),
    )
    await fc.assert(
      fc.asyncProperty(file, fc.array(fc.nat({ max: 400 }), { maxLength: 4 }), async (bytes, cuts) => {
        const options = { store: AS_IMPORT, dryRun: true }
        try {
          const report = await importDevices(NO_POOL, inPieces(bytes, cuts), options, { maxBytes: 1_000_000 })
          expect(report.accepted + report.rejected).toBeGreaterThanOrEqual(report.lines)
        } catch (error) {
          expect(error).toBeInstanceOf(AppError)
          expect((error as AppError).status).toBeLessThan(500)
        }
      }),
      { numRuns: 60 },
    )
  }, 120_000)

  test('that are taken can be stored', async () => {
    const { pool } = await createTestDatabase()
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof({ weight: 3, arbitrary: goodCsv }, csvLine), { minLength: 1, maxLength: 30 }),
        fc.array(jsonLine, { maxLength: 10 }),
        async (csv, json) => {
          const read = [...csvList().read(numbered(csv)), ...new JsonList([], new Map()).read(numbered(json))]
          const rows = read.flatMap(({ device }) => (isRejection(device) ? [] : [device]))
          const byAddress = new Map(rows.map((row) => [row.address, row]))
          if (byAddress.size > 0) await storeDevices(pool, [...byAddress.values()], AS_IMPORT)
        },
      ),
      { numRuns: 60 },
    )
  }, 30_000)
})

/** A dry run needs none. */
const NO_POOL = undefined as never

function csvList(): CsvList {
  return new CsvList({ format: 'csv', delimiter: ',', header: HEADER.split(','), headLines: 0 }, new Map())
}

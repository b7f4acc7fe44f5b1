import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openList } from '../../src/audience/import/open-list.ts'
import { isRejection } from '../../src/domain/device-row.ts'
import { writeDevicesCsv } from '../../testing/devices/write-devices-csv.ts'
import { indexOfToken } from '../../testing/fake-fcm/token.ts'

const LIST = {
  map: new Map(),
  headBytes: 65_536,
  maxLineBytes: 65_536,
  unpacked: { maxBytes: 1, maxRatio: 1, ratioFrom: 1 },
}

/** Written, and read again with the reader of the import. */
const setup = async (devices: number, seed = 1) => {
  const folder = await mkdtemp(join(tmpdir(), 'carillon-csv-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const path = join(folder, 'devices.csv')
  const written = await writeDevicesCsv(path, devices, seed)
  const bytes = await readFile(path)
  const { reader, lines } = await openList(toStream(bytes), LIST)
  const results = []
  for await (const group of lines) results.push(...reader.read(group))
  results.push(...reader.end())
  const rows = results.flatMap(({ device }) => (isRejection(device) ? [] : [device]))
  const rejections = results.flatMap(({ device }) => (isRejection(device) ? [device] : []))
  return { written, bytes, rows, rejections }
}

async function* toStream(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes
}

test.each([1, 9, 999, 1000, 20_001])(
  'of %i devices, every one can be imported and no malformed line can',
  async (devices) => {
    const { written, rows, rejections } = await setup(devices)
    expect(rows.length).toBe(devices)
    expect(rejections.length).toBe(written.malformed)
    expect(new Set(rows.map(({ address }) => address)).size).toBe(devices)
    expect(rows.every(({ address }, index) => indexOfToken(address) === index)).toBe(true)
  },
)

test('members are 80 % of the devices, on three platforms, and some have opted out', async () => {
  const { written, rows } = await setup(10_000)
  const members = new Set(rows.map(({ externalId }) => externalId))
  expect([written.members, members.size]).toEqual([8_000, 8_000])
  expect(new Set(rows.map(({ platform }) => platform))).toEqual(new Set(['android', 'ios', 'web']))
  const optedOut = new Set(rows.filter((row) => row.optedOut).map(({ externalId }) => externalId))
  expect(rows.filter(({ externalId }) => optedOut.has(externalId)).length).toBe(written.optedOut)
  expect(written.optedOut).toBeGreaterThan(0)
  expect(rows[0]?.address.length).toBeGreaterThan(150)
})

test('malformed lines are of many kinds', async () => {
  const { rejections } = await setup(100)
  expect(new Set(rejections.map(({ code }) => code))).toEqual(
    new Set([
      'invalid_address',
      'invalid_external_id',
      'invalid_platform',
      'invalid_csv',
      'invalid_opted_out',
      'empty_word',
      'ruined_number',
      'expo_token',
    ]),
  )
})

test('the same seed writes the same file, another seed other tokens', async () => {
  const [one, again, other] = await Promise.all([setup(50), setup(50), setup(50, 2)])
  expect(one.bytes.equals(again.bytes)).toBe(true)
  expect(other.rows.some(({ address }, index) => address === one.rows[index]?.address)).toBe(false)
})

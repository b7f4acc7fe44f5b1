/** A list, read as the import reads it, without a database. */
import type { ColumnMap } from '../../../src/audience/import/column-names.ts'
import type { Encoding } from '../../../src/audience/import/encoding.ts'
import { type ImportOptions, importDevices } from '../../../src/audience/import/import-devices.ts'
import type { ImportReport } from '../../../src/audience/import/import-report.ts'
import { openList } from '../../../src/audience/import/open-list.ts'
import { type DeviceRow, isRejection, type MemberRow } from '../../../src/domain/device-row.ts'
import { AS_IMPORT } from '../../support/a-device.ts'

const BOUNDS = { maxBytes: 100_000_000, maxRatio: 200, ratioFrom: 524_288 }

async function* piecesOf(file: string | Buffer, pieceBytes = 65_536) {
  const bytes = Buffer.from(file as string)
  for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes)
}

/** A dry run of it: nothing is stored, so no database is needed. */
export function check(file: string | Buffer, options: Partial<ImportOptions> = {}): Promise<ImportReport> {
  return importDevices(
    undefined as never,
    piecesOf(file),
    { store: AS_IMPORT, dryRun: true, ...options },
    BOUNDS,
  )
}

export interface ReadList {
  devices: DeviceRow[]
  /** Kept without their device. */
  members: MemberRow[]
}

/** What would be stored of it. */
export async function read(
  file: string | Buffer,
  encoding?: Encoding,
  map: ColumnMap = new Map(),
): Promise<ReadList> {
  const { lines, reader } = await openList(piecesOf(file), {
    encoding,
    map,
    headBytes: 1_048_576,
    maxLineBytes: 65_536,
    unpacked: BOUNDS,
  })
  const found = []
  for await (const group of lines) found.push(...reader.read(group))
  found.push(...reader.end())
  return {
    devices: found.flatMap(({ device }) => (isRejection(device) ? [] : [device])),
    members: found.flatMap(({ member }) => member ?? []),
  }
}

/** As FCM makes them. */
export function token(number: number): string {
  return `dQw4w9WgXc${String(number).padStart(4, '0')}_-aZ:APA91b${'HkNqTwZcFiLoRuXaDgJmPsVyBe'.repeat(5)}`
}

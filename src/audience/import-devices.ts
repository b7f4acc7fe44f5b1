/**
 * Imports devices from a stream, in flat memory: lines are read, checked and stored in chunks, each chunk in its own
 * transaction. Two chunks are stored at a time, and reading pauses while a third waits.
 *
 * An invalid line is reported and does not affect the others. Stored chunks stay stored if the stream breaks; importing the
 * same file again is safe and counts their lines as `updated`.
 */

import { type DeviceRow, isRejection, type RejectionCode } from '../domain/device-row.ts'
import { AppError } from '../domain/errors.ts'
import type { Pool } from '../postgres/pool.ts'
import { ChunkWriter } from './chunk-writer.ts'
import { csvReader, type LineReader, ndjsonReader } from './device-lines.ts'
import { NO_COUNTS, type StoredCounts, type StoreOptions } from './device-store.ts'
import { MAX_LINE_BYTES, readLines } from './read-lines.ts'

const IMPORT_FORMATS = ['csv', 'ndjson'] as const
export type ImportFormat = (typeof IMPORT_FORMATS)[number]

export interface ImportReport extends StoredCounts {
  /** Non-empty lines, without the header. lines = accepted + rejected. */
  lines: number
  /** accepted = created + updated + moved + replaced + retired + repeated. */
  accepted: number
  /** Lines whose address appeared again in the same chunk; the later line takes precedence. */
  repeated: number
  rejected: number
  /** The first rejected lines. */
  rejectedLines: { line: number; code: RejectionCode; reason: string }[]
  /** True when there were more than `rejectedLines` holds. */
  rejectedTruncated: boolean
}

export interface ImportLimits {
  /** A longer import stops with an error. */
  maxBytes: number
  maxLineBytes?: number
  chunkLines?: number
  maxRejectedLines?: number
}

/**
 * `isAlive` true: also addresses that FCM has declared dead are imported as valid, for example after they were declared dead
 * because of a wrong credential.
 */
export async function importDevices(
  pool: Pool,
  format: ImportFormat,
  source: AsyncIterable<Buffer>,
  options: StoreOptions,
  limits: ImportLimits,
): Promise<ImportReport> {
  const { maxLineBytes = MAX_LINE_BYTES, chunkLines = 4_000, maxRejectedLines = 1_000 } = limits
  const reader: LineReader = format === 'csv' ? csvReader() : ndjsonReader()
  const report: ImportReport = {
    lines: 0,
    accepted: 0,
    ...NO_COUNTS,
    repeated: 0,
    rejected: 0,
    rejectedLines: [],
    rejectedTruncated: false,
  }
  const { rows } = await pool.query<{ began: string }>('SELECT now()::text AS began')
  const writer = new ChunkWriter(pool, report, { ...options, began: rows[0]?.began ?? null })
  let chunk = new Map<string, DeviceRow>()

  try {
    for await (const lines of readLines(bounded(source, limits.maxBytes), maxLineBytes)) {
      for (const { number, device } of reader.read(lines)) {
        report.lines += 1
        if (isRejection(device)) {
          report.rejected += 1
          if (report.rejectedLines.length < maxRejectedLines) {
            report.rejectedLines.push({ line: number, code: device.code, reason: device.reason })
          }
          continue
        }
        report.accepted += 1
        if (chunk.has(device.address)) report.repeated += 1
        chunk.set(device.address, device)
      }
      if (chunk.size >= chunkLines) {
        await writer.write(chunk)
        chunk = new Map()
      }
    }
    reader.end()
    await writer.write(chunk)
    await writer.end()
  } catch (error) {
    await writer.end().catch(() => {})
    if (error instanceof AppError) throw error
    throw stopped(report, error)
  }
  report.rejectedTruncated = report.rejected > report.rejectedLines.length
  return report
}

/** Counts the bytes that arrive: a chunked stream has no length in advance. */
async function* bounded(source: AsyncIterable<Buffer>, maxBytes: number): AsyncGenerator<Buffer> {
  let bytes = 0
  for await (const piece of source) {
    bytes += piece.length
    if (bytes > maxBytes) {
      throw new AppError(
        'body_too_large',
        `The import has more than ${maxBytes} bytes (IMPORT_LIMIT_BYTES). The lines before this limit are stored. Send the file in parts.`,
      )
    }
    yield piece
  }
}

function stopped({ created, updated, moved, replaced, lines }: ImportReport, cause: unknown): AppError {
  return new AppError(
    'import_failed',
    `The import stopped after reading ${lines} lines: ${created + updated + moved + replaced} devices are stored, the rest is not. Send the file again; lines that are already stored are counted as updated.`,
    { cause, retryAfterSeconds: 5 },
  )
}

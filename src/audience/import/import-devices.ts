/**
 * Imports devices from a stream, in flat memory. The list is judged by its first megabyte (see open-list.ts); then its
 * lines are read, checked and stored in chunks, each chunk in its own transaction. Two chunks are stored at a time, and
 * reading pauses while a third waits. A dry run reads and checks all of it and stores nothing.
 *
 * An invalid line is reported and does not affect the others. Stored chunks stay stored if the stream breaks; importing the
 * same file again is safe and counts their lines as `updated`.
 */
import { setImmediate } from 'node:timers/promises'
import { inDeed } from '../../audit/note-deeds.ts'
import { type DeviceRow, isRejection, type MemberRow } from '../../domain/device-row.ts'
import { AppError } from '../../domain/errors.ts'
import type { Pool } from '../../postgres/pool.ts'
import type { StoreOptions } from '../device-store.ts'
import { ChunkWriter } from './chunk-writer.ts'
import type { ColumnMap } from './column-names.ts'
import type { Encoding } from './encoding.ts'
import { type ImportReport, ReportWriter } from './import-report.ts'
import { openList, unusable } from './open-list.ts'
import { MAX_LINE_BYTES } from './read-lines.ts'
import { Repeats } from './repeats.ts'
import { MAX_RATIO, RATIO_FROM_BYTES } from './unpack.ts'

export interface ImportOptions {
  store: StoreOptions
  /** Read, check and report all of it; store nothing. */
  dryRun?: boolean
  /** The encoding that the caller states. */
  encoding?: Encoding | undefined
  map?: ColumnMap
  /** Of the bytes that were read so far. */
  fileHash?: () => string
}

export interface ImportLimits {
  /** A longer import stops with an error; of a compressed one, both lengths count. */
  maxBytes: number
  /** What the list is judged by. */
  headBytes?: number
  maxLineBytes?: number
  chunkLines?: number
  maxRejectedLines?: number
  maxRatio?: number
  ratioFrom?: number
}

const HEAD_BYTES = 1_048_576
const MAX_DROPPED_LINES = 100
/** Of rejected and dropped lines together. */
const MAX_REPORT_BYTES = 262_144

export async function importDevices(
  pool: Pool,
  source: AsyncIterable<Buffer>,
  { store, dryRun = false, encoding, map = new Map(), fileHash = () => '' }: ImportOptions,
  limits: ImportLimits,
): Promise<ImportReport> {
  const { maxBytes, maxLineBytes = MAX_LINE_BYTES, chunkLines = 4_000 } = limits
  const { headBytes = HEAD_BYTES, maxRatio = MAX_RATIO, ratioFrom = RATIO_FROM_BYTES } = limits
  let progress: ReportWriter | undefined
  let writer: ChunkWriter | undefined
  let chunk = emptyChunk()
  const input = bounded(source, maxBytes)
  try {
    const list = await openList(input, {
      encoding,
      map,
      headBytes,
      maxLineBytes,
      unpacked: { maxBytes, maxRatio, ratioFrom },
    })
    const { reader, format, lines, headLines } = list
    const { maxRejectedLines = 1_000 } = limits
    const report = new ReportWriter(format, dryRun, {
      rejectedLines: maxRejectedLines,
      droppedLines: MAX_DROPPED_LINES,
      bytes: MAX_REPORT_BYTES,
    })
    progress = report
    if (reader.problems.length > 0 && !dryRun) throw unusable(reader, format)
    const chunks = dryRun ? undefined : new ChunkWriter(pool, report.report, await began(pool, store))
    writer = chunks
    const repeats = new Repeats()
    const take = async (found: ReturnType<typeof reader.read>) => {
      for (const each of found) {
        report.add(each)
        // Counting every line of a long list would cost an import; of a dry run it is the purpose.
        if (dryRun || each.number <= headLines) repeats.add(each)
        if (each.member !== undefined) chunk.members.push(each.member)
        if (isRejection(each.device)) continue
        if (chunk.devices.has(each.device.address)) report.report.repeated += 1
        chunk.devices.set(each.device.address, each.device)
      }
      if (chunk.devices.size + chunk.members.length < chunkLines) return
      await chunks?.write(chunk)
      chunk = emptyChunk()
    }
    for await (const group of lines) await take(reader.read(group))
    await take(reader.end())
    await chunks?.write(chunk)
    await chunks?.end()
    if (chunks !== undefined) await noteEnd(pool, store, report.report, fileHash(), true)
    return report.end(reader, repeats.warnings())
  } catch (error) {
    // What came before the fault is used, so that the answer can say where to go on.
    if (isFaultOfFile(error)) await writer?.write(chunk).catch(() => {})
    await writer?.end().catch(() => {})
    // That it began is known in any case.
    if (writer && progress) await noteEnd(pool, store, progress.report, fileHash(), false).catch(() => {})
    if (error instanceof AppError) throw withStored(error, progress?.report)
    throw stopped(progress?.report, error)
  } finally {
    // Gives the stream back to the caller, who may want to read and discard the rest. Not waited for while it waits itself
    // for a client that sends nothing.
    await Promise.race([input.return(undefined), setImmediate()])
  }
}

/**
 * An import does not lift an opt-out that was said since it began, by PostgreSQL's clock.
 *
 * For the audit log it is two deeds, each in a short transaction of its own: it may take hours, and nobody else's deed can wait
 * for that. Without the first one nothing is stored.
 */
async function began(pool: Pool, store: StoreOptions): Promise<StoreOptions> {
  return await inDeed(pool, async (tx, note) => {
    const { rows } = await tx.query<{ began: string }>('SELECT now()::text AS began')
    const { optOuts, isAlive: revive } = store
    note({ deed: 'devices.import_begun', subject: subjectOf(store), detail: { optOuts, revive } })
    return { ...store, began: rows[0]?.began ?? null }
  })
}

const subjectOf = ({ projectId }: StoreOptions) => ({ kind: 'devices', id: String(projectId) }) as const

async function noteEnd(
  pool: Pool,
  store: StoreOptions,
  { accepted, rejected, created, updated, moved, replaced }: ImportReport,
  fileSha256: string,
  isWhole: boolean,
): Promise<void> {
  const detail = { isWhole, fileSha256, accepted, rejected, created, updated, moved, replaced }
  await inDeed(pool, async (_tx, note) =>
    note({ deed: 'devices.imported', subject: subjectOf(store), detail }),
  )
}

function emptyChunk() {
  return { devices: new Map<string, DeviceRow>(), members: [] as MemberRow[] }
}

/** Counts the bytes that arrive: a chunked stream has no length in advance. */
async function* bounded(source: AsyncIterable<Buffer>, maxBytes: number): AsyncGenerator<Buffer> {
  let bytes = 0
  for await (const piece of source) {
    bytes += piece.length
    if (bytes > maxBytes) {
      throw new AppError(
        'body_too_large',
        `The import has more than ${maxBytes} bytes (IMPORT_LIMIT_BYTES). Send the file in parts.`,
      )
    }
    yield piece
  }
}

function isFaultOfFile(error: unknown): boolean {
  return (
    error instanceof AppError &&
    ['encoding_contradicted', 'invalid_gzip', 'body_too_large'].includes(error.code)
  )
}

function storedOf(report: ImportReport | undefined): number {
  return report === undefined ? 0 : report.created + report.updated + report.moved + report.replaced
}

/** Says how much of the list is stored. */
function withStored(error: AppError, report: ImportReport | undefined): AppError {
  const stored = storedOf(report)
  const sentence = stored === 0 ? 'Nothing was stored.' : `${stored} devices from before it are stored.`
  return new AppError(error.code, `${error.message} ${sentence}`, {
    fields: error.fields,
    cause: error.cause,
  })
}

function stopped(report: ImportReport | undefined, cause: unknown): AppError {
  const stored = storedOf(report)
  const read = report === undefined ? 0 : report.accepted + report.rejected
  return new AppError(
    'import_failed',
    `The import stopped after reading ${read} lines: ${stored} devices are stored, the rest is not. Send the file again; lines that are already stored are counted as updated.`,
    { cause, retryAfterSeconds: 5 },
  )
}

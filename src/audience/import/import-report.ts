/**
 * What an import says of a list: what was found, how many lines came to what, and the first of those that did not. Bounded
 * in bytes, whatever the list holds.
 */
import { isRejection } from '../../domain/device-row.ts'
import type { DeviceField, Rejection, RejectionCode } from '../../domain/rejection.ts'
import { NO_COUNTS, type StoredCounts } from '../device-store.ts'
import { type Column, type ColumnProblem, reportedName } from './column-names.ts'
import type { Delimiter } from './dialect.ts'
import type { Encoding } from './encoding.ts'
import type { FoundDevice } from './found-device.ts'
import { type ListReader, MAX_COLUMNS, type SampleEntry } from './list-reader.ts'
import type { Profile } from './profiles/profile.ts'
import type { FoundRepeat } from './repeats.ts'

export interface FoundFormat {
  isCompressed: boolean
  encoding: Encoding
  /** Told by a byte order mark, stated by the caller, or by the content. */
  encodingBy: 'mark' | 'stated' | 'content'
  format: 'csv' | 'ndjson' | 'json'
  delimiter: Delimiter | null
}

interface FoundList extends FoundFormat {
  profile: Profile['name'] | null
  columns: Column[]
  /** Columns that mean nothing here. */
  ignored: string[]
  sample: SampleEntry[]
}

export interface ReportedLine {
  line: number
  code: RejectionCode
  field: DeviceField | null
  value: string | null
  reason: string
}

export interface ImportReport extends StoredCounts {
  dryRun: boolean
  found: FoundList
  /** Why nothing can be used. Only in a dry run: else it is an error. */
  problems: ColumnProblem[]
  /** Entries that hold something, without the header. lines = accepted + rejected, where an entry is one device. */
  lines: number
  /** accepted = created + updated + moved + replaced + retired + repeated, unless it is a dry run. */
  accepted: number
  /** Lines whose address appeared again in the same chunk; the later line takes precedence. */
  repeated: number
  rejected: number
  /** Rejected devices whose member is stored all the same. */
  membersKept: number
  /** Accepted devices that the list calls opted out, and opted in. */
  optedOut: number
  optedIn: number
  rejectedCounts: { code: RejectionCode; lines: number }[]
  /** The first rejected lines. */
  rejectedLines: ReportedLine[]
  /** True when there were more than `rejectedLines` holds. */
  rejectedTruncated: boolean
  /** Fields that were left out of accepted devices. */
  droppedCounts: { field: DeviceField; lines: number }[]
  droppedLines: ReportedLine[]
  warnings: FoundRepeat[]
}

export interface ReportLimits {
  rejectedLines: number
  droppedLines: number
  bytes: number
}

export class ReportWriter {
  readonly report: ImportReport
  readonly #limits: ReportLimits
  readonly #rejected = new Map<RejectionCode, number>()
  readonly #dropped = new Map<DeviceField, number>()
  #bytes = 0

  constructor(format: FoundFormat, dryRun: boolean, limits: ReportLimits) {
    this.#limits = limits
    this.report = {
      dryRun,
      found: { ...format, profile: null, columns: [], ignored: [], sample: [] },
      problems: [],
      lines: 0,
      accepted: 0,
      ...NO_COUNTS,
      repeated: 0,
      rejected: 0,
      membersKept: 0,
      optedOut: 0,
      optedIn: 0,
      rejectedCounts: [],
      rejectedLines: [],
      rejectedTruncated: false,
      droppedCounts: [],
      droppedLines: [],
      warnings: [],
    }
  }

  add({ number, device, member, dropped }: FoundDevice): void {
    const { report } = this
    if (isRejection(device)) {
      report.rejected += 1
      if (member !== undefined) report.membersKept += 1
      this.#rejected.set(device.code, (this.#rejected.get(device.code) ?? 0) + 1)
      this.#report(report.rejectedLines, this.#limits.rejectedLines, number, device)
    } else {
      report.accepted += 1
      if (device.optedOut === true) report.optedOut += 1
      else if (device.optedOut === false) report.optedIn += 1
    }
    for (const each of dropped) {
      const { field } = each
      if (field !== undefined) this.#dropped.set(field, (this.#dropped.get(field) ?? 0) + 1)
      this.#report(report.droppedLines, this.#limits.droppedLines, number, each)
    }
  }

  end(reader: ListReader, warnings: FoundRepeat[]): ImportReport {
    const { report } = this
    report.lines = reader.entries
    report.found.profile = reader.profile?.name ?? null
    report.found.columns = reader.columns
      .slice(0, MAX_COLUMNS)
      .map(({ name, field, attribute }) => ({ name: reportedName(name), field, attribute }))
    report.found.ignored = report.found.columns.filter(({ field }) => field === null).map(({ name }) => name)
    report.found.sample = reader.sample.entries
    report.problems = reader.problems.map(({ code, names }) => ({
      code,
      names: names.slice(0, 20).map(reportedName),
    }))
    report.rejectedCounts = sorted(this.#rejected).map(([code, lines]) => ({ code, lines }))
    report.droppedCounts = sorted(this.#dropped).map(([field, lines]) => ({ field, lines }))
    report.rejectedTruncated = report.rejected > report.rejectedLines.length
    report.warnings = warnings
    return report
  }

  #report(
    lines: ReportedLine[],
    most: number,
    line: number,
    { code, field, value, reason }: Rejection,
  ): void {
    if (lines.length >= most || this.#bytes >= this.#limits.bytes) return
    const reported: ReportedLine = { line, code, field: field ?? null, value: value ?? null, reason }
    this.#bytes += Buffer.byteLength(reason) + Buffer.byteLength(value ?? '') + 80
    lines.push(reported)
  }
}

function sorted<K>(counts: ReadonlyMap<K, number>): [K, number][] {
  return [...counts].sort(([, a], [, b]) => b - a)
}

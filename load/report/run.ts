import type { BucketCounts } from '../../src/process/durations.ts'
import type { MemoryPoint } from '../figures/process-series.ts'
import type { Report } from './report.ts'

/** A report, and what only plots need. */
export interface Run {
  report: Report
  memory: ReadonlyMap<string, readonly MemoryPoint[]>
  fcmCalls: BucketCounts
}

/** Of a whole command. Filled on the way, so that what is there can be shown whenever it ends. */
export interface Results {
  runs: Run[]
  /** For the JSON. */
  details: Record<string, unknown>
  /** For people: what it was measured with. */
  lines: (readonly [label: string, value: string])[]
}

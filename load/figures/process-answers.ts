/** What the processes have measured of their own work (src/process/counters.ts), all of them together. */

import type { Figures } from '../../src/process/counters.ts'
import type { BucketCounts } from '../../src/process/durations.ts'
import type { ProcessGroup } from '../../src/process/process-group.ts'
import { sumOfCounts } from './percentiles.ts'

/** A process that has died takes its figures with it. */
export async function askFigures(
  processes: ProcessGroup,
): Promise<{ fcmCalls: BucketCounts; recordings: BucketCounts }> {
  const answers = [...(await processes.ask('figures')).values()].map(({ figures }) => figures as Figures)
  return {
    fcmCalls: sumOfCounts(answers.map(({ fcmCalls }) => fcmCalls)),
    recordings: sumOfCounts(answers.map(({ recordings }) => recordings)),
  }
}

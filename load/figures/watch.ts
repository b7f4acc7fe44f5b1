/** Samples each process's memory and CPU time, and the size of the queue, while a campaign runs. */
import type { Config } from '../../src/config/config.ts'
import type { Figures } from '../../src/process/counters.ts'
import type { BucketCounts } from '../../src/process/durations.ts'
import { createLogger } from '../../src/process/logger.ts'
import type { ProcessGroup } from '../../src/process/process-group.ts'
import { repeat } from '../../src/process/repeat.ts'
import { openJobQueue } from '../../src/queue/bullmq-job-queue.ts'
import { figuresOf, ProcessSeries } from './processes.ts'
import { sumOfCounts } from './statistics.ts'

const PROCESSES_MS = 250
const QUEUE_MS = 100

export interface Watch {
  /** Of each process, since the beginning or since `begin`. */
  readonly processes: ReadonlyMap<string, ProcessSeries>
  /** Most jobs on the queue in any sample. */
  readonly queuePeak: number
  /** Discards everything sampled so far. */
  begin(): void
  /** Takes a last sample. */
  end(): void
}

/** `pids` is called for each sample: processes that start later are included, those that end are kept. */
export function watch(stack: AsyncDisposableStack, config: Config, pids: () => Map<string, number>): Watch {
  const processes = new Map<string, ProcessSeries>()
  let queuePeak = 0
  let beganAt = performance.now()
  let hasEnded = false
  const sample = () => {
    if (hasEnded) return
    const seconds = (performance.now() - beganAt) / 1000
    for (const [name, pid] of pids()) {
      const figures = figuresOf(pid)
      if (figures === null) continue
      const series = processes.get(name) ?? new ProcessSeries()
      processes.set(name, series)
      series.add(seconds, figures)
    }
  }
  const silent = createLogger('run', 'silent')
  const queue = openJobQueue(config, 'run', silent)
  stack.defer(() => queue.close())
  const sampleQueue = async () => {
    if (!hasEnded) queuePeak = Math.max(queuePeak, await queue.size())
  }
  const loops = [
    repeat('processes', PROCESSES_MS, async () => sample(), silent),
    repeat('queue', QUEUE_MS, sampleQueue, silent),
  ]
  stack.defer(() => Promise.all(loops.map((loop) => loop.stop())).then(() => {}))
  return {
    processes,
    get queuePeak() {
      return queuePeak
    },
    begin: () => {
      processes.clear()
      queuePeak = 0
      beganAt = performance.now()
      sample()
    },
    end: () => {
      sample()
      hasEnded = true
    },
  }
}

export interface Durations {
  fcmCalls: BucketCounts
  recordings: BucketCounts
}

/** What the processes measured of their own work (src/process/counters.ts), summed. Ended processes are missing. */
export async function askDurations(processes: ProcessGroup): Promise<Durations> {
  const answers = [...(await processes.ask('figures')).values()].map(({ figures }) => figures as Figures)
  return {
    fcmCalls: sumOfCounts(answers.map(({ fcmCalls }) => fcmCalls)),
    recordings: sumOfCounts(answers.map(({ recordings }) => recordings)),
  }
}

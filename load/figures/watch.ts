/** What is looked at while a run goes on: each process's memory and CPU time, and how much lies on the queue. */

import type { Config } from '../../src/config/config.ts'
import { createLogger } from '../../src/process/logger.ts'
import { type Repeated, repeat } from '../../src/process/repeat.ts'
import { openJobQueue } from '../../src/queue/bullmq-job-queue.ts'
import { figuresOfAll } from './process-figures.ts'
import { ProcessSeries } from './process-series.ts'

const PROCESSES_MS = 250
const QUEUE_MS = 100

export interface Watch {
  /** Of each process, since the beginning or since `begin`. */
  readonly processes: ReadonlyMap<string, ProcessSeries>
  /** Most entries seen on the queue at a time. */
  readonly queuePeak: number
  /** What was seen before does not count: the campaign begins now. */
  begin(): void
  /** Looks once more; what comes after does not count. */
  end(): void
}

/** Looks at the processes that `pids` names at the time: those that come later are found, those that go are kept. */
export function watch(stack: AsyncDisposableStack, config: Config, pids: () => Map<string, number>): Watch {
  const processes = new Map<string, ProcessSeries>()
  let queuePeak = 0
  let beganAt = performance.now()
  let hasEnded = false
  const look = () => {
    if (hasEnded) return
    const seconds = (performance.now() - beganAt) / 1000
    for (const [name, figures] of figuresOfAll(pids())) {
      const series = processes.get(name) ?? new ProcessSeries()
      processes.set(name, series)
      series.add(seconds, figures)
    }
  }
  const silent = createLogger('run', 'silent')
  const queue = openJobQueue(config, 'run', silent)
  stack.defer(() => queue.close())
  const loops: Repeated[] = [
    repeat('processes', PROCESSES_MS, async () => look(), silent),
    repeat(
      'queue',
      QUEUE_MS,
      async () => {
        if (!hasEnded) queuePeak = Math.max(queuePeak, await queue.size())
      },
      silent,
    ),
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
      look()
    },
    end: () => {
      look()
      hasEnded = true
    },
  }
}

/** What is looked at while a run goes on: the memory of each process, and how much lies on the conveyor. */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { openConveyor } from '../../src/conveyor/bullmq-conveyor.ts'
import type { Config } from '../../src/runtime/config.ts'
import { createLogger } from '../../src/runtime/logger.ts'
import { type Repeated, repeat } from '../../src/runtime/repeat.ts'

const MEMORY_MS = 500
const CONVEYOR_MS = 100

export interface Watch {
  /** Largest resident memory of each process so far, in megabytes of 2^20 bytes. */
  readonly peakRssMb: Map<string, number>
  /** Most entries seen on the conveyor at a time. */
  readonly conveyorPeak: number
  /** Looks once more. */
  look(): void
}

/** Looks at the processes that `pids` names at the time: those that come later are found, those that go are kept. */
export function watch(stack: AsyncDisposableStack, config: Config, pids: () => Map<string, number>): Watch {
  const peakRssMb = new Map<string, number>()
  let conveyorPeak = 0
  const look = () => {
    for (const [name, pid] of pids()) {
      const peak = peakOf(pid)
      if (peak !== null) peakRssMb.set(name, Math.max(peak, peakRssMb.get(name) ?? 0))
    }
  }
  const silent = createLogger('run', 'silent')
  const conveyor = openConveyor(config, 'run', silent)
  stack.defer(() => conveyor.close())
  const loops: Repeated[] = [
    repeat('memory', MEMORY_MS, async () => look(), silent),
    repeat(
      'conveyor',
      CONVEYOR_MS,
      async () => {
        conveyorPeak = Math.max(conveyorPeak, await conveyor.size())
      },
      silent,
    ),
  ]
  stack.defer(() => Promise.all(loops.map((loop) => loop.stop())).then(() => {}))
  return {
    peakRssMb,
    get conveyorPeak() {
      return conveyorPeak
    },
    look,
  }
}

/** Linux keeps the peak itself. Elsewhere it is the largest of what was seen. Null: the process has ended. */
function peakOf(pid: number): number | null {
  try {
    const found = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
    return found ? Number(found[1]) / 1024 : null
  } catch {
    const { status, stdout } = spawnSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })
    return status === 0 && Number(stdout) > 0 ? Number(stdout) / 1024 : null
  }
}

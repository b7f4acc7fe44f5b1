/** How busy this process's event loop and the machine's processors are. */
import { readFileSync } from 'node:fs'
import { performance } from 'node:perf_hooks'

export interface CpuReading {
  /** Share of the time in which the event loop ran code instead of waiting. At 1 the process can do no more. */
  eventLoop: number
  /** Share of all processors of the machine that was in use by anything; null if the system does not tell. */
  machine: number | null
}

/** A shorter period would be noise, and reading /proc/stat of a large machine takes a millisecond. */
const PERIOD_MS = 1_000

/** Each call returns the shares of the last whole period, at least a second long. */
export function cpuReader(readStat = procStat, now = () => performance.now()): () => CpuReading {
  let at = now()
  let loop = performance.eventLoopUtilization()
  let machine = timesOf(readStat())
  let reading: CpuReading = { eventLoop: 0, machine: null }
  return () => {
    if (now() - at < PERIOD_MS) return reading
    at = now()
    const eventLoop = performance.eventLoopUtilization(loop).utilization
    loop = performance.eventLoopUtilization()
    const before = machine
    machine = timesOf(readStat())
    reading = { eventLoop, machine: machine && before ? usedShare(before, machine) : null }
    return reading
  }
}

/** Sums over all processors since the machine started. */
interface Times {
  all: number
  idle: number
}

function usedShare(before: Times, after: Times): number {
  const spent = after.all - before.all
  return spent === 0 ? 0 : 1 - (after.idle - before.idle) / spent
}

/** `cpu user nice system idle iowait irq softirq steal guest guest_nice`, in ticks. Guests are part of user and nice. */
function timesOf(stat: string | null): Times | undefined {
  const line = stat === null ? null : /^cpu +(.*)$/m.exec(stat)
  const ticks = line?.[1]?.split(' ').slice(0, 8).map(Number)
  if (ticks === undefined || ticks.some(Number.isNaN)) return undefined
  // Waiting for a disk leaves a processor free for other work.
  return { all: ticks.reduce((sum, one) => sum + one, 0), idle: (ticks[3] ?? 0) + (ticks[4] ?? 0) }
}

function procStat(): string | null {
  try {
    return readFileSync('/proc/stat', 'utf8')
  } catch {
    return null
  }
}

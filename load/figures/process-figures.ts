/** What Linux knows about a process. Null: the process has ended, or the system has no /proc. */
import { readFileSync } from 'node:fs'

/** USER_HZ: 100 on every Linux that Node runs on. */
const TICKS_A_SECOND = 100

export interface ProcessFigures {
  /** Time on a core, in user code and in the kernel. */
  cpuSeconds: number
  rssMb: number
  /** Largest resident memory so far (VmHWM), in megabytes of 2^20 bytes. */
  peakRssMb: number
}

export function figuresOf(pid: number): ProcessFigures | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The command name is in brackets and may hold spaces; utime and stime are the 12th and 13th field after it.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    const megabytes = (name: string) =>
      Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]) / 1024
    return {
      cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND,
      rssMb: megabytes('VmRSS'),
      peakRssMb: megabytes('VmHWM'),
    }
  } catch {
    return null
  }
}

/** Sum over processes that are all alive, in seconds; null if one of them cannot be read. */
export function cpuSecondsOf(pids: Iterable<number>): number | null {
  let sum = 0
  for (const pid of pids) {
    const figures = figuresOf(pid)
    if (figures === null) return null
    sum += figures.cpuSeconds
  }
  return sum
}

/** What the system knows about a process: from /proc, and from `ps` where there is none. */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'

/** USER_HZ: 100 on every Linux that Node runs on. */
const TICKS_A_SECOND = 100

export interface ProcessFigures {
  /** Time on a core, in user code and in the kernel. */
  cpuSeconds: number
  rssMb: number
  /** Largest resident memory so far, in megabytes of 2^20 bytes: VmHWM. From `ps`: what it is now. */
  peakRssMb: number
}

/** Those that have ended are left out. */
export function figuresOfAll(pids: ReadonlyMap<string, number>): Map<string, ProcessFigures> {
  const byPid = existsSync('/proc/self/stat') ? null : parsePs(ps([...pids.values()]))
  const all = new Map<string, ProcessFigures>()
  for (const [name, pid] of pids) {
    const figures = byPid === null ? figuresOf(pid) : byPid.get(pid)
    if (figures) all.set(name, figures)
  }
  return all
}

/** Null: the process has ended, or the system has no /proc. */
export function figuresOf(pid: number): ProcessFigures | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The command name is in brackets and may hold spaces; utime and stime are the 12th and 13th field after it.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    // A process that is ending has no memory any more, and these lines are gone.
    const megabytes = (name: string) =>
      Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1] ?? 0) / 1024
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

function ps(pids: readonly number[]): string {
  try {
    return execFileSync('ps', ['-o', 'pid=,rss=,time=', '-p', pids.join(',')], { encoding: 'utf8' })
  } catch {
    // None of them runs any more.
    return ''
  }
}

/** Lines of process id, resident kilobytes, and CPU time as `[[days-]hours:]minutes:seconds`. */
export function parsePs(text: string): Map<number, ProcessFigures> {
  const found = text.matchAll(/^\s*(\d+)\s+(\d+)\s+(?:(\d+)-)?(?:(\d+):)?(\d+):(\d+(?:\.\d+)?)\s*$/gm)
  return new Map(
    [...found].map(([, pid, kilobytes, days = 0, hours = 0, minutes, seconds]) => {
      const rssMb = Number(kilobytes) / 1024
      const cpuSeconds = ((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60 + Number(seconds)
      return [Number(pid), { cpuSeconds, rssMb, peakRssMb: rssMb }]
    }),
  )
}

/** Memory and CPU time of processes, from /proc: unknown where there is none. */
import { readFileSync } from 'node:fs'
import { theilSenSlope } from './statistics.ts'

/** USER_HZ: 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100

export interface ProcessFigures {
  /** In user code and in the kernel. */
  cpuSeconds: number
  rssMb: number
  /** VmHWM, in megabytes of 2^20 bytes. */
  peakRssMb: number
}

/** Null: the process has ended, or the system has no /proc. */
export function figuresOf(pid: number): ProcessFigures | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The command name is in brackets and may contain spaces; utime and stime are the 12th and 13th field after it.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    // These lines are missing while a process ends.
    const megabytes = (name: string) =>
      Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1] ?? 0) / 1024
    const cpuSeconds = (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
    return { cpuSeconds, rssMb: megabytes('VmRSS'), peakRssMb: megabytes('VmHWM') }
  } catch {
    return null
  }
}

/** Four samples a second fill it in ten minutes; then every other sample is dropped and half as many are kept. */
const CAPACITY = 2_400
export interface MemoryPoint {
  seconds: number
  rssMb: number
}

/** Memory and CPU time of one process over a run, in bounded memory. */
export class ProcessSeries {
  readonly #capacity: number
  #kept: MemoryPoint[] = []
  #last: MemoryPoint | undefined
  #samples = 0
  #stride = 1
  #cpuAtFirst: number | undefined
  #cpuAtLast = 0
  #peakRssMb = 0

  constructor(capacity = CAPACITY) {
    this.#capacity = capacity
  }

  add(seconds: number, { rssMb, peakRssMb, cpuSeconds }: ProcessFigures): void {
    this.#cpuAtFirst ??= cpuSeconds
    this.#cpuAtLast = cpuSeconds
    this.#peakRssMb = Math.max(this.#peakRssMb, rssMb, peakRssMb)
    this.#last = { seconds, rssMb }
    if (this.#samples++ % this.#stride === 0) this.#kept.push(this.#last)
    if (this.#kept.length >= this.#capacity) {
      this.#kept = this.#kept.filter((_, index) => index % 2 === 0)
      this.#stride *= 2
    }
  }

  get points(): readonly MemoryPoint[] {
    const isKept = this.#last === undefined || this.#last === this.#kept.at(-1)
    return isKept ? this.#kept : [...this.#kept, this.#last as MemoryPoint]
  }

  /** Largest resident memory so far, in megabytes of 2^20 bytes. */
  get peakRssMb(): number {
    return this.#peakRssMb
  }

  /** CPU time between the first sample and the last. */
  get cpuSeconds(): number {
    return this.#cpuAtLast - (this.#cpuAtFirst ?? 0)
  }

  get rssSlope(): number | null {
    return rssSlopeOf(this.points)
  }
}

/** A heap grows until its first collections: a slope over less time means nothing. */
const MIN_SLOPE_SECONDS = 60
const WARM_UP_SHARE = 0.2

/** Megabytes a minute (Theil–Sen) over the last 80 %; null for a run of less than `minSeconds`. */
export function rssSlopeOf(points: readonly MemoryPoint[], minSeconds = MIN_SLOPE_SECONDS): number | null {
  const [first, last] = [points[0], points.at(-1)]
  if (first === undefined || last === undefined) return null
  const span = last.seconds - first.seconds
  if (span < minSeconds) return null
  const warm = points.filter(({ seconds }) => seconds >= first.seconds + span * WARM_UP_SHARE)
  return theilSenSlope(warm.map(({ seconds, rssMb }) => ({ x: seconds / 60, y: rssMb })))
}

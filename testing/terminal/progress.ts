/**
 * Progress bars in a terminal, plain lines elsewhere. Running bars are redrawn a few times a second; a finished bar is
 * written once more and stays. Without a terminal, a line is written for each fifth of the total and at least every ten
 * seconds.
 */
import { grouped, seconds } from './format.ts'

const DRAW_MS = 100
const MAX_BAR = 30
/** A narrower bar says less than the number beside it. */
const MIN_BAR = 8
/** Kept free for the counts, the rate and the time, so that the bar's width does not jump. */
const TEXT_ROOM = 48
const LINE_MS = 10_000
const LINES_PER_TOTAL = 5
/** The rate shown is that of the last seconds. */
const RATE_WINDOW_MS = 3_000

export interface Bar {
  /** `total` may change on the way. */
  update(value: number, total?: number): void
  /** Leaves the bar on the screen, with the time it took. */
  end(): void
}

interface State {
  label: string
  value: number
  total: number
  startedAt: number
  endedAt?: number
  samples: { at: number; value: number }[]
  writtenAt: number
  writtenParts: number
}

export interface ProgressStream {
  isTTY?: boolean
  columns?: number
  write(text: string): unknown
}

export class Progress {
  readonly #stream: ProgressStream
  readonly #clock: () => number
  #bars: State[] = []
  /** Lines on the screen that the next drawing replaces. */
  #drawn = 0
  #timer: NodeJS.Timeout | undefined

  constructor(stream: ProgressStream = process.stderr, clock: () => number = () => performance.now()) {
    this.#stream = stream
    this.#clock = clock
  }

  start(label: string, total: number): Bar {
    const startedAt = this.#clock()
    const bar: State = {
      label,
      value: 0,
      total,
      startedAt,
      samples: [],
      writtenAt: startedAt,
      writtenParts: 0,
    }
    this.#bars.push(bar)
    if (this.#stream.isTTY) {
      this.#timer ??= setInterval(() => this.#draw(), DRAW_MS).unref()
      this.#draw()
    }
    return {
      update: (value, newTotal = bar.total) => {
        if (bar.endedAt !== undefined) return
        Object.assign(bar, { value, total: newTotal })
        const now = this.#clock()
        bar.samples.push({ at: now, value })
        while (bar.samples.length > 2 && now - (bar.samples[1]?.at ?? now) > RATE_WINDOW_MS)
          bar.samples.shift()
        if (!this.#stream.isTTY) this.#writeLine(bar, now)
      },
      end: () => {
        if (bar.endedAt !== undefined) return
        bar.endedAt = this.#clock()
        if (this.#stream.isTTY) this.#draw()
        else this.#stream.write(`${lineOf(bar, bar.endedAt)}\n`)
      },
    }
  }

  /** Leaves what is on the screen and draws no more. */
  stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
    this.#bars = []
    this.#drawn = 0
  }

  #writeLine(bar: State, now: number): void {
    const parts = Math.floor(shareOf(bar) * LINES_PER_TOTAL)
    // `end` writes the line for the whole.
    if (parts === LINES_PER_TOTAL) return
    if (parts === bar.writtenParts && now - bar.writtenAt < LINE_MS) return
    Object.assign(bar, { writtenParts: parts, writtenAt: now })
    this.#stream.write(`${lineOf(bar, now)}\n`)
  }

  #draw(): void {
    const now = this.#clock()
    const lines = this.#bars.map((bar) => lineOf(bar, now, (this.#stream.columns ?? 80) - 1))
    const up = this.#drawn > 0 ? `\x1b[${this.#drawn}A` : ''
    this.#stream.write(`${up}${lines.map((line) => `\r\x1b[2K${line}\n`).join('')}`)
    // Finished bars at the top are never drawn again and scroll away.
    while (this.#bars[0]?.endedAt !== undefined) this.#bars.shift()
    this.#drawn = this.#bars.length
    if (this.#bars.length === 0) this.stop()
  }
}

function shareOf({ value, total }: State): number {
  return total > 0 ? Math.min(1, value / total) : 0
}

/** With `width` there is a bar, and the line is cut to that width: redrawing does not work for lines that wrap. */
function lineOf(bar: State, now: number, width?: number): string {
  const done = `${Math.floor(shareOf(bar) * 100)} %`.padStart(5)
  const label = `  ${bar.label.padEnd(9)}`
  const text = `${done}  ${grouped(bar.value)} of ${grouped(bar.total)}  ${timing(bar, now)}`.trimEnd()
  if (width === undefined) return `${label} ${text}`
  const room = Math.min(MAX_BAR, width - label.length - 2 - Math.max(text.length, TEXT_ROOM))
  const filled = Math.round(shareOf(bar) * room)
  const drawing = room < MIN_BAR ? '' : `${'█'.repeat(filled)}${'░'.repeat(room - filled)} `
  return `${label} ${drawing}${text}`.slice(0, width)
}

/** While it runs: rate and time left. Afterwards: the time it took. */
function timing(bar: State, now: number): string {
  if (bar.endedAt !== undefined) return `in ${seconds((bar.endedAt - bar.startedAt) / 1000)}`
  const first = bar.samples[0]
  if (first === undefined || now - first.at < 200 || bar.value <= first.value) return ''
  const perSecond = ((bar.value - first.value) / (now - first.at)) * 1000
  return `${grouped(Math.round(perSecond))}/s, ${seconds((bar.total - bar.value) / perSecond)} left`
}

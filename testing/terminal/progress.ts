/**
 * Bars for a terminal, plain lines elsewhere. The lines of all bars that are not finished are drawn anew, a few
 * times a second; a finished bar is written once more and stays. Without a terminal, a bar says something when it
 * has gained a fifth, and at least every ten seconds, so that a log of an hour's run stays readable.
 */
const DRAW_MS = 100
const WIDEST_BAR = 30
/** Narrower, it says less than the number beside it. */
const NARROWEST_BAR = 8
const SPEAK_MS = 10_000
const PARTS_TO_SPEAK_OF = 5
/** A rate over the last seconds, not over the whole: what a person waits for is now. */
const RATE_WINDOW_MS = 3_000

export interface Bar {
  /** `total` may become known, or change, on the way. */
  update(value: number, total?: number): void
  /** Leaves the bar as it is, with the time it took. */
  end(): void
}

interface State {
  label: string
  value: number
  total: number
  startedAt: number
  endedAt?: number
  samples: { at: number; value: number }[]
  spokenAt: number
  spokenParts: number
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
    const now = this.#clock()
    const bar: State = { label, value: 0, total, startedAt: now, samples: [], spokenAt: now, spokenParts: 0 }
    this.#bars.push(bar)
    if (this.#stream.isTTY) {
      this.#timer ??= setInterval(() => this.#draw(), DRAW_MS).unref()
      this.#draw()
    }
    return {
      update: (value, newTotal = bar.total) => {
        if (bar.endedAt !== undefined) return
        bar.value = value
        bar.total = newTotal
        this.#sample(bar)
        if (!this.#stream.isTTY) this.#speak(bar)
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

  #sample(bar: State): void {
    const now = this.#clock()
    bar.samples.push({ at: now, value: bar.value })
    while (bar.samples.length > 2 && now - (bar.samples[1]?.at ?? now) > RATE_WINDOW_MS) bar.samples.shift()
  }

  #speak(bar: State): void {
    const now = this.#clock()
    const parts = Math.floor(shareOf(bar) * PARTS_TO_SPEAK_OF)
    // The whole is for `end` to say.
    if (parts === PARTS_TO_SPEAK_OF) return
    if (parts === bar.spokenParts && now - bar.spokenAt < SPEAK_MS) return
    bar.spokenParts = parts
    bar.spokenAt = now
    this.#stream.write(`${lineOf(bar, now)}\n`)
  }

  #draw(): void {
    const now = this.#clock()
    // Finished bars at the top never change again and scroll away with the rest of the screen.
    const columns = (this.#stream.columns ?? 80) - 1
    const lines = this.#bars.map((bar) => lineOf(bar, now, columns))
    const up = this.#drawn > 0 ? `\x1b[${this.#drawn}A` : ''
    this.#stream.write(`${up}${lines.map((line) => `\r\x1b[2K${line}\n`).join('')}`)
    while (this.#bars[0]?.endedAt !== undefined) this.#bars.shift()
    this.#drawn = this.#bars.length
    if (this.#bars.length === 0) this.stop()
  }
}

function shareOf({ value, total }: State): number {
  return total > 0 ? Math.min(1, value / total) : 0
}

/** With `columns`, a bar takes what the text leaves; a line that wraps would be drawn over by half. */
function lineOf(bar: State, now: number, columns = 0): string {
  const done = `${Math.floor(shareOf(bar) * 100)} %`.padStart(5)
  const counts = `${grouped(bar.value)} of ${grouped(bar.total)}`
  const label = `  ${bar.label.padEnd(9)}`
  const text = `${done}  ${counts}  ${timing(bar, now)}`.trimEnd()
  if (columns === 0) return `${label} ${text}`
  // The room for rate and time is kept free, so that the bar does not change its width with them.
  const width = Math.min(WIDEST_BAR, columns - label.length - 2 - Math.max(text.length, 48))
  return `${label} ${width < NARROWEST_BAR ? '' : drawing(shareOf(bar), width)}${text}`.slice(0, columns)
}

function drawing(share: number, width: number): string {
  const filled = Math.round(share * width)
  return `${'█'.repeat(filled)}${'░'.repeat(width - filled)} `
}

/** While it runs: rate and how long it will take. Afterwards: how long it took. */
function timing(bar: State, now: number): string {
  if (bar.endedAt !== undefined) return `in ${seconds((bar.endedAt - bar.startedAt) / 1000)}`
  const first = bar.samples[0]
  if (first === undefined || now - first.at < 200 || bar.value <= first.value) return ''
  const perSecond = ((bar.value - first.value) / (now - first.at)) * 1000
  return `${grouped(Math.round(perSecond))}/s, ${seconds((bar.total - bar.value) / perSecond)} left`
}

export function grouped(value: number): string {
  return value.toLocaleString('en-US')
}

/** A share as a percentage, without the digits that binary fractions add. */
export function percent(share: number): string {
  return `${Number((share * 100).toPrecision(6))} %`
}

export function seconds(value: number): string {
  if (value < 60) return `${value.toFixed(1)} s`
  const whole = Math.round(value)
  return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`
}

/**
 * Whether the server answers, judged by the age of its last answer. A page may wait for nothing for a long time, and an
 * event stream that hangs looks like one on which nothing happens; so while no answer comes, the process is asked whether it
 * lives, which costs it next to nothing.
 */

/** After this long without an answer, the server counts as silent. */
export const SILENT_MS = 15_000
/** After this long without an answer it is asked. */
const ASK_AFTER_MS = 8_000
/** How long an answer to that may take. */
const PATIENCE_MS = 5_000
const LOOK_MS = 1_000

/** `unusable`: something before the server does not let the question through, so it says nothing. */
type Asked = 'answered' | 'failed' | 'unusable'

interface Means {
  now: () => number
  ask: () => Promise<Asked>
  /** A hidden page asks nothing, so its last answer grows old. */
  isHidden: () => boolean
}

export class ServerWatch {
  readonly #means: Means
  readonly #listeners = new Set<() => void>()
  #timer: ReturnType<typeof setInterval> | undefined
  #answeredAt: number
  /** When the first request since the last answer began. Without one, an old answer means nothing. */
  #waitingSince: number | null = null
  #isAsking = false
  #isUnusable = false
  #silentSince: number | null = null

  constructor(means: Means) {
    this.#means = means
    this.#answeredAt = means.now()
  }

  /** A request has left. */
  asked(): void {
    this.#waitingSince ??= this.#means.now()
  }

  /** An answer of the server has come, whatever it says, or an event. */
  answered(): void {
    this.#answeredAt = this.#means.now()
    this.#waitingSince = null
    this.#change(null)
  }

  /** The time of the last answer, if the server is silent since; null while it answers. */
  readonly silentSince = (): number | null => this.#silentSince

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    this.#timer ??= setInterval(() => this.look(), LOOK_MS)
    return () => {
      this.#listeners.delete(listener)
      if (this.#listeners.size > 0) return
      clearInterval(this.#timer)
      this.#timer = undefined
    }
  }

  look(): void {
    const { now, isHidden } = this.#means
    if (isHidden()) return
    const at = now()
    const age = at - this.#answeredAt
    if (age >= ASK_AFTER_MS) void this.#ask()
    // Back from a hidden tab or a sleeping machine, the answer is old and the question is new.
    const waited = this.#waitingSince === null ? 0 : at - this.#waitingSince
    if (age >= SILENT_MS && waited >= PATIENCE_MS) this.#change(this.#answeredAt)
  }

  async #ask(): Promise<void> {
    if (this.#isAsking || this.#isUnusable) return
    this.#isAsking = true
    const waitedBefore = this.#waitingSince
    this.asked()
    const end = await this.#means.ask().catch(() => 'failed' as const)
    this.#isAsking = false
    if (end === 'answered') this.answered()
    if (end !== 'unusable') return
    this.#isUnusable = true
    this.#waitingSince = waitedBefore
  }

  #change(silentSince: number | null): void {
    if (silentSince === this.#silentSince) return
    this.#silentSince = silentSince
    for (const listener of this.#listeners) listener()
  }
}

async function askWhetherItLives(): Promise<Asked> {
  const response = await fetch('/health/live', {
    cache: 'no-store',
    credentials: 'omit',
    signal: AbortSignal.timeout(PATIENCE_MS),
  })
  if (response.ok) return 'answered'
  return response.status >= 500 ? 'failed' : 'unusable'
}

interface MaybePage {
  document?: { visibilityState: string }
}

export const serverWatch = new ServerWatch({
  now: () => Date.now(),
  ask: askWhetherItLives,
  // Without a document, as in tests, nothing is hidden.
  isHidden: () => (globalThis as MaybePage).document?.visibilityState === 'hidden',
})

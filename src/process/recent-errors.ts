/**
 * The last errors a process has logged, for an admin without access to its log. Keeps only the log message from our own
 * code, an error code and a campaign id: the message of a thrown error may contain the address of a device or of a server.
 */

export interface LoggedError {
  /** RFC 3339. */
  at: string
  message: string
  code: string | null
  campaignId: string | null
}

const KEPT = 10
const LONGEST = 200

export class RecentErrors {
  #errors: LoggedError[] = []

  /** `args`: the arguments of a call to the logger. */
  add(args: readonly unknown[]): void {
    const [first, second] = args
    const facts = typeof first === 'object' && first !== null ? (first as Record<string, unknown>) : {}
    const sentence = typeof first === 'string' ? first : second
    const about = typeof facts.why === 'string' ? facts.why : facts.what
    const message = `${typeof sentence === 'string' ? sentence : 'an error'}${typeof about === 'string' ? `: ${about}` : ''}`
    this.#errors.push({
      at: new Date().toISOString(),
      message: message.slice(0, LONGEST),
      code: codeOf(facts),
      campaignId: typeof facts.campaignId === 'string' ? facts.campaignId : null,
    })
    if (this.#errors.length > KEPT) this.#errors.shift()
  }

  /** Oldest first. */
  get list(): readonly LoggedError[] {
    return this.#errors
  }
}

function codeOf({ code, err }: Record<string, unknown>): string | null {
  if (typeof code === 'string') return code.slice(0, LONGEST)
  if (!(err instanceof Error)) return null
  return 'code' in err && typeof err.code === 'string' ? err.code.slice(0, LONGEST) : err.name
}

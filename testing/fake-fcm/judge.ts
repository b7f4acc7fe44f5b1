/** Decides the answer to a complete request, in the order in which FCM's own checks seem to run. */
import { ANSWERS, type Answer, type AnswerName } from './answers.ts'
import type { Exchange } from './exchange.ts'
import type { FaultEffect, FaultProgram } from './faults.ts'
import type { Ledger } from './ledger.ts'
import type { ResolvedOptions } from './options.ts'
import { INVALID_PREFIX, isDeadToken, randomFrom } from './token.ts'

const PATH = /^\/v1\/projects\/([^/]+)\/messages:send$/

/** The answer of Google's front end to an unknown address. */
const NO_SUCH_ADDRESS: Answer = {
  status: 404,
  headers: { 'content-type': 'text/html; charset=UTF-8' },
  body: '<!DOCTYPE html>\n<title>Error 404 (Not Found)!!1</title>\n<p><b>404.</b> <ins>That’s an error.</ins>\n',
}

export class Judge {
  readonly #options: ResolvedOptions
  readonly #ledger: Ledger
  readonly #faults: FaultProgram
  readonly #random: () => number
  readonly #shares: [AnswerName, number][]
  #windowEnd = 0
  #windowCount = 0
  #messageNumber = 0
  /** The last path seen and its project: one sender uses one path. */
  #path = ''
  #project: string | undefined

  constructor(options: ResolvedOptions, ledger: Ledger, faults: FaultProgram) {
    this.#options = options
    this.#ledger = ledger
    this.#faults = faults
    this.#random = randomFrom(options.seed)
    this.#shares = Object.entries(options.errorShares) as [AnswerName, number][]
  }

  latencyMs(): number {
    const [min, max] = this.#options.latencyMs
    return max === 0 ? 0 : min + this.#random() * (max - min)
  }

  /** Gives the exchange its answer or its fault, and counts it. */
  decide(exchange: Exchange): void {
    const refusal = this.#refusalBeforeAddress(exchange)
    const { address, validateOnly } = exchange.checked
    if (address !== undefined && refusal === undefined) this.#ledger.receive(address)
    const effect = this.#faults.take(address)
    if (effect !== undefined && this.#suffer(exchange, effect)) return
    const answer = refusal ?? this.#refusal(address)
    if (answer !== undefined) {
      exchange.reply = answer
      return
    }
    if (validateOnly) {
      exchange.isValidated = true
      exchange.messageName = `projects/${this.#project}/messages/fake_message_id`
      return
    }
    this.#accept(exchange)
  }

  #accept(exchange: Exchange): void {
    exchange.isAccepted = true
    exchange.messageName = `projects/${this.#project}/messages/${this.#messageId()}`
    const { address } = exchange.checked
    if (address !== undefined) this.#ledger.accept(address)
  }

  /** Returns false when the request is answered as if there were no fault, only its delivery differs. */
  #suffer(exchange: Exchange, effect: FaultEffect): boolean {
    if ('answer' in effect) {
      const answer: Answer = ANSWERS[effect.answer]
      if (effect.isCut === true) exchange.effect = effect
      exchange.reply =
        effect.retryAfter === undefined
          ? answer
          : { ...answer, headers: { ...answer.headers, 'retry-after': effect.retryAfter } }
      return true
    }
    exchange.effect = effect
    if ('refuse' in effect) return true
    if ('lose' in effect) {
      if (effect.isAccepted !== false && !exchange.checked.validateOnly) this.#accept(exchange)
      return true
    }
    return false
  }

  #refusalBeforeAddress({ headers, checked }: Exchange): Answer | undefined {
    const path = headers[':path'] ?? ''
    if (path !== this.#path) {
      this.#path = path
      this.#project = PATH.exec(path)?.[1]
    }
    const { project, bearers } = this.#options
    if (this.#project === undefined || headers[':method'] !== 'POST') return NO_SUCH_ADDRESS
    const bearer = headers.authorization?.startsWith('Bearer ') ? headers.authorization.slice(7) : ''
    if (bearer === '' || (bearers !== null && !bearers.includes(bearer))) return ANSWERS.unauthenticated
    if (project !== null && this.#project !== project) return ANSWERS.project_not_found
    return checked.problem
  }

  #refusal(address: string | undefined): Answer | undefined {
    const { quotaPerMinute, quotaWindowMs, errorRetryAfter, deadShare } = this.#options
    if (quotaPerMinute !== null) {
      const now = performance.now()
      if (now >= this.#windowEnd) {
        this.#windowEnd = now + quotaWindowMs
        this.#windowCount = 0
      }
      if (this.#windowCount >= quotaPerMinute) return ANSWERS.quota_project
      this.#windowCount++
    }
    if (this.#shares.length > 0) {
      let left = this.#random()
      for (const [name, share] of this.#shares) {
        left -= share
        if (left >= 0) continue
        const answer: Answer = ANSWERS[name]
        if (errorRetryAfter === null) return answer
        return { ...answer, headers: { ...answer.headers, 'retry-after': String(errorRetryAfter) } }
      }
    }
    if (address === undefined) return undefined
    if (address.startsWith(INVALID_PREFIX)) return ANSWERS.bad_token
    return isDeadToken(address, deadShare) || this.#faults.isRetired(address)
      ? ANSWERS.unregistered
      : undefined
  }

  /** `0:1763700000000000%1a2b3c4d1a2b3c4d`: microseconds, and eight hexadecimal digits twice. */
  #messageId(): string {
    this.#messageNumber = (this.#messageNumber + 1) >>> 0
    const suffix = this.#messageNumber.toString(16).padStart(8, '0')
    return `0:${Date.now()}${String(this.#messageNumber % 1000).padStart(3, '0')}%${suffix}${suffix}`
  }
}

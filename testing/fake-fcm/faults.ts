/**
 * Programmed faults: which requests, how often, and what happens to them. Plain data, so that they can be sent to a fake
 * in another process.
 */
import type { AnswerName } from './answers.ts'

export interface Fault {
  /** Requests for these addresses only; left out, every request. */
  addresses?: readonly string[]
  /** How many of those to let pass first. Default 0. */
  skip?: number
  /** How many to hit. Default 1; null: until `clearFaults`. */
  times?: number | null
  effect: FaultEffect
}

export type FaultEffect =
  /** One of FCM's answers, optionally with a Retry-After header, optionally cut off in mid-body. */
  | { answer: AnswerName; retryAfter?: string; isCut?: boolean }
  /** The message is accepted, and then its answer goes wrong. */
  | {
      lose: /** no headers, ever */
        | 'hang'
        /** headers with 200, no body, ever */
        | 'hang_after_headers'
        /** headers with 200, half a body, RST_STREAM with INTERNAL_ERROR */
        | 'reset_after_headers'
        /** RST_STREAM with `code`, INTERNAL_ERROR if left out */
        | 'reset'
        /** GOAWAY with `code`, ENHANCE_YOUR_CALM if left out; this stream counts as processed */
        | 'goaway'
        /** TCP reset */
        | 'destroy_socket'
        /** TLS close_notify and FIN, in mid-request */
        | 'fin'
      code?: number
      /** False: the device did not get it either. Default true, as that is the case that makes duplicates. */
      isAccepted?: boolean
    }
  /** Certainly not processed: REFUSED_STREAM, or a GOAWAY whose last stream is an earlier one. */
  | { refuse: 'stream' | 'goaway'; code?: number }
  /** The connection is asked to end, and this request is answered all the same. */
  | { goawayAndAnswer: true }
  /** Headers at once, then the body one byte at a time, `dripMs` apart. */
  | { dripMs: number }

interface Armed {
  fault: Fault
  addresses: Set<string> | undefined
  skip: number
  left: number
}

export class FaultProgram {
  #armed: Armed[] = []
  readonly #retired = new Set<string>()

  program(fault: Fault): void {
    this.#armed.push({
      fault,
      addresses: fault.addresses === undefined ? undefined : new Set(fault.addresses),
      skip: fault.skip ?? 0,
      left: fault.times === null ? Number.POSITIVE_INFINITY : (fault.times ?? 1),
    })
  }

  /** What happens to this request: the first fault that matches and is not used up. Counts it as used. */
  take(address: string | undefined): FaultEffect | undefined {
    if (this.#armed.length === 0) return undefined
    for (const armed of this.#armed) {
      if (armed.addresses !== undefined && (address === undefined || !armed.addresses.has(address))) continue
      if (armed.skip > 0) {
        armed.skip--
        continue
      }
      armed.left--
      if (armed.left <= 0) this.#armed = this.#armed.filter((other) => other !== armed)
      return armed.fault.effect
    }
    return undefined
  }

  /** The apps at these addresses have moved on: FCM does not know them any more. */
  retire(addresses: readonly string[]): void {
    for (const address of addresses) this.#retired.add(address)
  }

  isRetired(address: string): boolean {
    return this.#retired.size > 0 && this.#retired.has(address)
  }

  clear(): void {
    this.#armed = []
    this.#retired.clear()
  }
}

/**
 * The quota of a test, from the same row as that of every campaign of the project. A person waits for the answer, so a test
 * that would have to wait is refused; and its last message leaves so soon that whom it goes to was looked up at most 5 s before.
 */
import { setTimeout as wait } from 'node:timers/promises'
import { AppError } from '../domain/errors.ts'
import type { Outcome } from '../domain/outcome.ts'
import type { Pool, Queryable } from '../postgres/pool.ts'
import { type Budget, projectKey, reserve, slowDown } from '../projects/rate-limit.ts'

/** Until the first message may leave. */
const LONGEST_WAIT_MS = 2_000
/** From the first message to the last. */
const LONGEST_SPREAD_MS = 2_500
/** A test leaves in pieces of so much of the quota, or of one message. */
const PIECE_MS = 200
/** FCM asks for a minute when it does not say how long. */
const DEFAULT_PAUSE_MS = 60_000

export interface TestPiece {
  /** Places of its messages. */
  from: number
  to: number
  /** From now on. */
  afterMs: number
}

/**
 * Reserves quota for all messages of a test at once. There is no ramp for them: it is for bursts, and a hundred messages that
 * are spread over the quota are none.
 */
export async function reserveTest(
  tx: Queryable,
  projectId: number,
  perMinute: number,
  messages: number,
): Promise<TestPiece[]> {
  const msPerMessage = 60_000 / perMinute
  const most = Math.floor(LONGEST_SPREAD_MS / msPerMessage) + 1
  if (messages > most) {
    throw new AppError(
      'invalid_request',
      `The test has ${messages} messages. With a quota of ${perMinute} a minute, a test has at most ${most}. Nothing was sent. Name fewer members or addresses.`,
    )
  }
  const budget: Budget = { key: projectKey(projectId), perMinute, rampSeconds: 0, catchUpSeconds: 0 }
  const { isGranted, waitMs } = await reserve(tx, budget, messages, LONGEST_WAIT_MS)
  if (!isGranted) {
    const retryAfterSeconds = Math.max(1, Math.ceil((waitMs - LONGEST_WAIT_MS) / 1000))
    throw new AppError(
      'quota_used_up',
      `The quota of this project is used up for the next ${Math.ceil(waitMs / 1000)} s, by campaigns that are being sent or by tests, or FCM has asked for a pause. Nothing was sent. Try again in ${retryAfterSeconds} s.`,
      { retryAfterSeconds },
    )
  }
  const size = Math.max(1, Math.floor(PIECE_MS / msPerMessage))
  const pieces: TestPiece[] = []
  for (let from = 0; from < messages; from += Math.min(size, messages)) {
    pieces.push({
      from,
      to: Math.min(messages, from + size),
      afterMs: waitMs + (from === 0 ? 0 : from * msPerMessage),
    })
  }
  return pieces
}

/** Waits until the piece may leave. `began`: when it was reserved, of performance.now(). */
export async function waitForPiece({ afterMs }: TestPiece, began: number): Promise<void> {
  const leftMs = began + afterMs - performance.now()
  if (leftMs > 0) await wait(leftMs)
}

/** What FCM has asked for holds for all that the project sends, whoever it was asked of. */
export async function obeyPushBack(
  pool: Pool,
  projectId: number,
  outcomes: readonly (Outcome | undefined)[],
): Promise<void> {
  let pauseMs = 0
  for (const outcome of outcomes) {
    if (outcome?.kind !== 'retry_later' || outcome.scope !== 'project') continue
    pauseMs = Math.max(pauseMs, outcome.afterMs ?? DEFAULT_PAUSE_MS)
  }
  if (pauseMs > 0) await slowDown(pool, projectKey(projectId), pauseMs)
}

/** What a dispatcher does with a batch, step by step: an owner, a claim, a recorder, the end of an attempt. */
import { onTestFinished } from 'vitest'
import { type Claim, claimBatch, type Release } from '../../src/dispatch/batch-store.ts'
import type { Pool, Queryable } from '../../src/postgres/pool.ts'
import { createLogger } from '../../src/process/logger.ts'
import type { ResultRecorder } from '../../src/results/result-recorder.ts'
import { ResultWriter, type WriterOptions } from '../../src/results/result-writer.ts'

/** A row for an owner that nobody watches: it never beats, and nobody takes its batches. */
export async function createOwner(db: Queryable): Promise<number> {
  const { rows } = await db.query<{ id: number }>('INSERT INTO batch_owners DEFAULT VALUES RETURNING id')
  return rows[0]?.id as number
}

/** Claims for an owner of its own. Null if the batch is not to be had. */
export async function claimAs(pool: Pool, campaignId: string, seq = 0): Promise<Claim | null> {
  return await claimBatch(pool, { campaignId, seq, turn: 1 }, await createOwner(pool))
}

/** Throws if the batch is not to be had. */
export async function claimed(pool: Pool, campaignId: string, seq = 0): Promise<Claim> {
  const claim = await claimAs(pool, campaignId, seq)
  if (claim === null) throw new Error(`batch ${seq} could not be claimed`)
  return claim
}

/** Closed when the test has ended. */
export function openWriter(pool: Pool, options: Partial<WriterOptions> = {}): ResultWriter {
  const writer = new ResultWriter(pool, {
    chunk: 100,
    onFull: () => {},
    giveUp: new AbortController().signal,
    log: createLogger('test', 'silent'),
    ...options,
  })
  onTestFinished(() => writer.close())
  return writer
}

export function recorderOf(pool: Pool, claim: Claim, onFenced = () => {}): ResultRecorder {
  return openWriter(pool).open(claim, { onFenced, onFailed: () => {} })
}

/** How an attempt ends that has sent to every device. */
export const PASS_ENDED: Release = {
  waitMs: 0,
  backOffMs: 0,
  endsPass: true,
  passed: [],
  restartsAge: false,
  isHeld: false,
  isCutOff: false,
  isAsleep: false,
  hasLooked: true,
  firstSentAt: null,
  lastSentAt: null,
}

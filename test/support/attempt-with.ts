/** One dispatcher's attempt in this process, with a sender that answers as the test says. */

import { onTestFinished } from 'vitest'
import { haltPlatform } from '../../src/campaigns/halt-platform.ts'
import { pauseAutomatically } from '../../src/campaigns/pause-campaign.ts'
import { BatchOwner } from '../../src/dispatch/batch-owner.ts'
import { type DispatchDeps, dispatchBatch } from '../../src/dispatch/dispatch-batch.ts'
import { FcmBreaker } from '../../src/dispatch/fcm-breaker.ts'
import type { Lane } from '../../src/dispatch/project-lanes.ts'
import { QuotaLine } from '../../src/dispatch/quota-line.ts'
import type { Outcome } from '../../src/domain/outcome.ts'
import type { Pool } from '../../src/postgres/pool.ts'
import { noOutcomes } from '../../src/process/counters.ts'
import { createLogger } from '../../src/process/logger.ts'
import type { Budget } from '../../src/projects/rate-limit.ts'
import { ResultWriter } from '../../src/results/result-writer.ts'
import { SampleKeeper } from '../../src/results/sample-keeper.ts'
import { someProject } from '../health/some-health.ts'
import { testConfig } from './config.ts'
import { fakeSender } from './fake-sender.ts'
import { LAW } from './law.ts'
import { until } from './until.ts'

export const log = createLogger('test', 'silent')

export async function attemptWith(
  pool: Pool,
  campaignId: string,
  answer: (address: string) => Outcome,
  {
    sender: ownSender,
    budget,
    isHalfOpen = false,
    refuse = () => {},
    seq = 0,
    ...over
  }: Partial<DispatchDeps> &
    Partial<Pick<Lane, 'sender' | 'budget' | 'refuse'>> & { isHalfOpen?: boolean; seq?: number } = {},
): Promise<{ end: string; sent: string[]; breaker: FcmBreaker }> {
  const sent: string[] = []
  const sender = fakeSender(async ({ addresses }, { signal, report }) => {
    for (const [index, { address }] of addresses.entries()) {
      if (signal.aborted) return
      sent.push(address)
      report(index, answer(address))
    }
  })
  const owner = new BatchOwner(pool, 30_000, log)
  const giveUp = new AbortController().signal
  const writer = new ResultWriter(pool, { chunk: 100, onFull: () => {}, giveUp, log })
  const samples = new SampleKeeper(pool, log)
  const close = async () => {
    await samples.settled()
    await writer.close()
    await owner.close()
  }
  onTestFinished(close)
  const breaker = new FcmBreaker({
    project: 'p',
    faults: isHalfOpen ? 1 : 500,
    waitMs: isHalfOpen ? 1 : 100,
    log,
  })
  if (isHalfOpen) await openBriefly(breaker)
  const limit: Budget = budget ?? {
    key: 'project:p',
    perMinute: Number.POSITIVE_INFINITY,
    rampSeconds: 0,
    catchUpSeconds: 0,
  }
  const lane: Lane = {
    project: { id: 1, name: 'p', settings: testConfig().fcm },
    sender: ownSender ?? sender,
    breaker,
    budget: limit,
    quota: new QuotaLine(over.pool ?? pool, limit),
    outcomes: noOutcomes(),
    health: () => someProject({ breaker: breaker.state }),
    refuse,
    refusesMs: () => 0,
    waitMs: () => breaker.waitMs,
  }
  await pool.query('INSERT INTO rate_limits (key) VALUES ($1) ON CONFLICT DO NOTHING', [lane.budget.key])
  await pool.query(`UPDATE batches SET state = 'queued' WHERE campaign_id = $1 AND state = 'planned'`, [
    campaignId,
  ])
  const { end } = await dispatchBatch(
    { campaignId, seq, turn: 1 },
    {
      pool,
      openLane: async () => lane,
      owner,
      inHand: new Set(),
      hours: LAW,
      retry: { firstDelayMs: 10_000, attempts: 8, ageMs: 3_600_000 },
      writer,
      errorLimits: { percent: 50, minimum: 100 },
      haltPlatform: (id, platform) => haltPlatform(pool, id, platform),
      pauseCampaign: (id, reason, detail, version) => pauseAutomatically(pool, id, reason, detail, version),
      keepSample: (claim, code, detail) => samples.keep(claim, code, detail),
      giveUp,
      log,
      ...over,
    },
    new AbortController().signal,
  )
  await close()
  return { end, sent, breaker }
}

async function openBriefly(breaker: FcmBreaker): Promise<void> {
  await breaker.attempt(async () => {
    breaker.isDownAfter({ kind: 'retry_later', code: 'unavailable', scope: 'device' })
  })
  await until(() => breaker.waitMs <= 1, { what: 'the breaker lets a probe through', intervalMs: 5 })
}

import { describe, expect, onTestFinished, test } from 'vitest'
import { createLogger } from '../../src/process/logger.ts'
import { BATCHES } from '../../src/queue/bullmq-backend.ts'
import { openJobQueue } from '../../src/queue/bullmq-job-queue.ts'
import type { BatchRef } from '../../src/queue/job-queue.ts'
import { QueueWorker } from '../../src/queue/queue-worker.ts'
import { testConfig } from '../support/config.ts'
import { createTestDatabase } from '../support/database.ts'
import { queueBackends } from '../support/queues.ts'
import { until } from '../support/until.ts'

describe.each(queueBackends())('the order of jobs on $name', (backend) => {
  test('by their places, those of a killed dispatcher before them, but not before those of a more urgent campaign', async () => {
    const database = await createTestDatabase()
    const config = testConfig({ ...backend.env, DATABASE_URL: database.url })
    const log = createLogger('test', 'silent')
    const queue = openJobQueue(config, 'test', log)
    onTestFinished(() => queue.close())
    const [usual, equal, urgent] = [crypto.randomUUID(), crypto.randomUUID(), crypto.randomUUID()]
    const names = new Map<string, string>([
      [usual, 'usual'],
      [equal, 'equal'],
      [urgent, 'urgent'],
    ])
    await queue.addBatchJobs(
      [0, 1].map((seq) => ({ campaignId: usual, seq, turn: 1, urgency: 0, place: 101 + seq })),
      5,
    )
    await queue.addBatchJobs([{ campaignId: usual, seq: 7, turn: 2, urgency: 2, place: 100 }], 5)
    await queue.addBatchJobs([{ campaignId: usual, seq: 8, turn: 2, urgency: 3, place: 300 }], 5)
    await queue.addBatchJobs([{ campaignId: equal, seq: 0, turn: 1, place: 101 }], 5)
    // The last place of all that a priority has.
    await queue.addBatchJobs([{ campaignId: urgent, seq: 0, turn: 1, place: 1_000_000 }], 4)
    await queue.addBatchJobs([{ campaignId: crypto.randomUUID(), seq: 0, turn: 1, place: 1_000_000 }], 10)
    const rated: BatchRef = { campaignId: usual, seq: 5, turn: 1, isRated: true }
    await queue.addBatchJobs([rated], 1)
    // Not among the others, and found where it is.
    expect(await queue.findWaiting([rated, { ...rated, isRated: false }])).toEqual([rated])
    const taken: string[] = []
    const worker = new QueueWorker<BatchRef>(
      BATCHES,
      config,
      'test',
      1,
      async ({ data }) => void taken.push(`${names.get(data.campaignId) ?? 'last'} ${data.seq}`),
      log,
    )
    onTestFinished(() => worker.close())
    await until(() => taken.length === 7, { what: 'all are taken' })
    expect(taken).toEqual(['urgent 0', 'usual 8', 'usual 7', 'usual 0', 'equal 0', 'usual 1', 'last 0'])
  })
})

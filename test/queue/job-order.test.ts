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
  test('batches that were in hand before go first, those of a killed dispatcher before them, but not before those of a more urgent campaign', async () => {
    const database = await createTestDatabase()
    const config = testConfig({ ...backend.env, DATABASE_URL: database.url })
    const log = createLogger('test', 'silent')
    const queue = openJobQueue(config, 'test', log)
    onTestFinished(() => queue.close())
    const [usual, urgent] = [crypto.randomUUID(), crypto.randomUUID()]
    await queue.addBatchJobs(
      // The second as after a queue that lost its jobs: on it again, and in nobody's hand yet.
      [0, 1].map((seq) => ({ campaignId: usual, seq, turn: 1 + seq, urgency: 0 })),
      5,
    )
    await queue.addBatchJobs([{ campaignId: usual, seq: 9, turn: 2, urgency: 1 }], 5)
    await queue.addBatchJobs([{ campaignId: usual, seq: 7, turn: 2, urgency: 2 }], 5)
    await queue.addBatchJobs([{ campaignId: usual, seq: 8, turn: 2, urgency: 3 }], 5)
    await queue.addBatchJobs([{ campaignId: urgent, seq: 0, turn: 1 }], 4)
    const taken: string[] = []
    const worker = new QueueWorker<BatchRef>(
      BATCHES,
      config,
      'test',
      1,
      async ({ data }) => void taken.push(`${data.campaignId === urgent ? 'urgent' : 'usual'} ${data.seq}`),
      log,
    )
    onTestFinished(() => worker.close())
    await until(() => taken.length === 6, { what: 'all are taken' })
    expect(taken).toEqual(['urgent 0', 'usual 8', 'usual 7', 'usual 9', 'usual 0', 'usual 1'])
  })
})

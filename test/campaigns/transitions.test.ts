/**
 * Every way to change a campaign's state, from every state: what moves is what the table in domain/campaign.ts says.
 */
import { beforeAll, describe, expect, test } from 'vitest'
import { cancelCampaign } from '../../src/campaigns/cancel-campaign.ts'
import { editCampaign } from '../../src/campaigns/edit-campaign.ts'
import { pauseAutomatically, pauseCampaign } from '../../src/campaigns/pause-campaign.ts'
import { resumeCampaign } from '../../src/campaigns/resume-campaign.ts'
import { sendCampaign } from '../../src/campaigns/send-campaign.ts'
import { startDueCampaigns } from '../../src/campaigns/start-due-campaigns.ts'
import {
  CAMPAIGN_STATES,
  type CampaignAction,
  canDo,
  EDITABLE_STATES,
  TRANSITIONS,
} from '../../src/domain/campaign.ts'
import { AppError } from '../../src/domain/errors.ts'
import { closeCampaign } from '../../src/maintenance/close-campaigns.ts'
import type { Pool } from '../../src/postgres/pool.ts'
import { log } from '../support/attempt-with.ts'
import { createTestDatabase } from '../support/database.ts'
import { createBatches, createCampaign, createDevices } from '../support/factories.ts'
import { LAW } from '../support/law.ts'
import { noGuard, seen, versionOf } from '../support/seen.ts'

const IN_AN_HOUR = new Date(Date.now() + 3_600_000)
const queue = { addBatchJobs: async () => {}, addPlanJob: async () => {} } as never

let pool: Pool
let deviceIds: number[]

beforeAll(async () => {
  pool = (await createTestDatabase()).pool
  deviceIds = (await createDevices(pool, 1)).deviceIds
})

const deps = () => ({ pool, queue, log, watermark: 4, guard: noGuard, law: LAW })

/** The last two are two ways to the same transition. */
const WAYS: [CampaignAction, (id: string) => Promise<unknown>][] = [
  ['schedule', async (id) => editCampaign(deps(), id, { scheduledAt: IN_AN_HOUR }, await seen(pool, id))],
  ['unschedule', async (id) => editCampaign(deps(), id, { scheduledAt: null }, await seen(pool, id))],
  ['send', async (id) => sendCampaign(deps(), id, await seen(pool, id))],
  ['start', () => startDueCampaigns(deps())],
  ['miss', () => startDueCampaigns(deps())],
  ['resume', async (id) => resumeCampaign(deps(), id, await versionOf(pool, id))],
  ['cancel', (id) => cancelCampaign(deps(), id)],
  ['finish', (id) => closeCampaign(pool, id, log)],
  ['pause', (id) => pauseCampaign(deps(), id)],
  ['pause', (id) => pauseAutomatically(pool, id, 'too_many_errors', 'Too many errors.')],
]

describe.each(WAYS)('%s', (action, move) => {
  test.each(CAMPAIGN_STATES)('of a campaign that is %s', async (state) => {
    const lateMs = action === 'miss' ? 3_600_000 : 1_000
    const id = await createCampaign(pool, { state, scheduled_at: new Date(Date.now() - lateMs) })
    await createBatches(pool, id, deviceIds, { state: 'done', sent: 1 })
    await pool.query(
      'INSERT INTO deliveries (campaign_id, device_id, state, code, attempt) VALUES ($1, $2, 1, 0, 1)',
      [id, deviceIds[0]],
    )
    const refused = await move(id).then(
      () => false,
      (error: unknown) => {
        if (error instanceof AppError) return true
        throw error
      },
    )
    const { rows } = await pool.query('SELECT state, version FROM campaigns WHERE id = $1', [id])
    const isAllowed = canDo(action, state)
    if (isAllowed) {
      expect(refused).toBe(false)
      expect(rows[0]).toEqual({ state: TRANSITIONS[action].to, version: 2 })
    } else {
      expect(rows[0].state).toBe(state)
    }
    await pool.query('DELETE FROM campaigns WHERE id = $1', [id])
  })
})

test('an edit may change the time wherever it may change anything', () => {
  expect(TRANSITIONS.schedule.from).toEqual(EDITABLE_STATES)
  expect(TRANSITIONS.unschedule.from).toEqual(EDITABLE_STATES)
})

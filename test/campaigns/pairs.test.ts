/** Whatever two people or processes do to a campaign at once, on connections of their own: what must never be, is not. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { archiveCampaign } from '../../src/campaigns/archive-campaign.ts'
import { cancelCampaign } from '../../src/campaigns/cancel-campaign.ts'
import { changeCampaign, deleteCampaign } from '../../src/campaigns/edit-campaign.ts'
import type { ActionDeps } from '../../src/campaigns/enqueue-campaign.ts'
import { pauseAutomatically, pauseCampaign } from '../../src/campaigns/pause-campaign.ts'
import { restoreCampaign } from '../../src/campaigns/restore-campaign.ts'
import { resumeCampaign } from '../../src/campaigns/resume-campaign.ts'
import { sendCampaign } from '../../src/campaigns/send-campaign.ts'
import { startDueCampaigns } from '../../src/campaigns/start-due-campaigns.ts'
import { tagCampaign } from '../../src/campaigns/tag-campaign.ts'
import { beginCancel, completeCancel, keepCampaign } from '../../src/campaigns/undo-cancel.ts'
import { AppError } from '../../src/domain/errors.ts'
import { log } from '../support/attempt-with.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { createBatches, createCampaign, createDevices } from '../support/factories.ts'
import { LAW } from '../support/law.ts'

type Columns = NonNullable<Parameters<typeof createCampaign>[1]>
type Act = (deps: ActionDeps, id: string, version: number) => Promise<unknown>

const guard = { above: 1_000, countDevices: async () => 3 }
const edit = (version: number) => ({ by: null, version })

/** With the version that both have seen: at most one of them happens. */
const SEEN: Record<string, Act> = {
  send: (deps, id, version) => sendCampaign({ ...deps, guard }, id, { version, by: null }),
  edit: ({ pool }, id, version) =>
    changeCampaign({ pool, guard, law: LAW }, id, { priority: 1 }, edit(version)),
  schedule: ({ pool }, id, version) =>
    changeCampaign(
      { pool, guard, law: LAW },
      id,
      { scheduledAt: new Date(Date.now() + 3_600_000) },
      edit(version),
    ),
  unschedule: ({ pool }, id, version) =>
    changeCampaign({ pool, guard, law: LAW }, id, { scheduledAt: null }, edit(version)),
  delete: ({ pool }, id, version) => deleteCampaign(pool, id, version),
  tag: ({ pool }, id, version) => tagCampaign(pool, id, ['a'], version),
  resume: (deps, id, version) => resumeCampaign(deps, id, version),
}

/** In any version. */
const ALWAYS: Record<string, Act> = {
  archive: ({ pool }, id) => archiveCampaign(pool, id),
  restore: ({ pool }, id) => restoreCampaign(pool, id),
  pause: (deps, id) => pauseCampaign(deps, id),
  'pause by itself': ({ pool }, id) => pauseAutomatically(pool, id, 'fcm_unavailable' as never, 'why'),
  'cancel with undo': (deps, id) => beginCancel(deps, id, 60),
  cancel: (deps, id) => cancelCampaign(deps, id),
  keep: (deps, id) => keepCampaign(deps, id),
  complete: (deps, id) => completeCancel(deps, id),
  start: (deps) => startDueCampaigns({ ...deps, planAheadMs: 0 } as never),
}
const ACTS = { ...SEEN, ...ALWAYS }
const NAMES = Object.keys(ACTS)
/** Each of them meets all: the three that decide whether anything leaves. */
const FIRST = ['send', 'cancel', 'keep']

const soon = () => new Date(Date.now() + 60_000)
const BEFORE: Record<string, () => Columns> = {
  'a draft': () => ({}),
  'a deleted draft': () => ({ deleted_at: new Date() }) as Columns,
  'a campaign that is sent': () => ({ state: 'sending', started_at: new Date() }),
  'a campaign that is being canceled': () =>
    ({ state: 'paused', pause_reason: 'canceling', cancel_at: soon(), started_at: new Date() }) as Columns,
}

/** SQL for what must never be. */
const NEVER = `
  deleted_at IS NOT NULL AND state NOT IN ('draft', 'scheduled')
  OR cancel_at IS NOT NULL AND state NOT IN ('scheduled', 'paused')
  OR archived_at IS NOT NULL AND state <> 'draft' AND closed_at IS NULL
  OR pause_reason = 'canceling' AND (cancel_at IS NULL OR state <> 'paused')
  OR state = 'paused' AND (paused_at IS NULL OR pause_reason IS NULL)
  OR state <> 'paused' AND paused_at IS NOT NULL
  OR closed_at IS NOT NULL AND totals IS NULL`

let database: TestDatabase
let deps: ActionDeps
let deviceIds: number[]

beforeAll(async () => {
  database = await createTestDatabase()
  const { pool } = database
  ;({ deviceIds } = await createDevices(pool, 3))
  const queue = { addBatchJobs: async () => {}, addPlanJob: async () => {} } as never
  deps = { pool, queue, log, watermark: 4 }
})
afterAll(() => database.drop())

describe.each(Object.entries(BEFORE))('%s', (_what, columns) => {
  test.each(FIRST)('%s, with everything else at once', async (first) => {
    const { pool } = deps
    for (const second of NAMES) {
      const id = await createCampaign(pool, { paused_at: null, ...columns() } as Columns)
      await pool.query(`UPDATE campaigns SET paused_at = now() WHERE id = $1 AND state = 'paused'`, [id])
      if (columns().started_at !== undefined) await createBatches(pool, id, deviceIds, { state: 'queued' })
      const { rows: before } = await pool.query('SELECT version FROM campaigns WHERE id = $1', [id])
      const { version } = before[0]
      const done = await Promise.allSettled(
        [ACTS[first], ACTS[second]].map((act) => act?.(deps, id, version)),
      )
      const pair = `${first} and ${second}`
      for (const one of done) {
        if (one.status === 'rejected') expect(one.reason, pair).toBeInstanceOf(AppError)
      }
      const [one, two] = done
      if (first in SEEN && second in SEEN) {
        expect(one?.status === 'fulfilled' && two?.status === 'fulfilled', pair).toBe(false)
      }
      const { rows } = await pool.query(`SELECT * FROM campaigns WHERE id = $1 AND (${NEVER})`, [id])
      expect(rows, pair).toEqual([])
      await pool.query('DELETE FROM campaigns WHERE id = $1', [id])
    }
  })
})

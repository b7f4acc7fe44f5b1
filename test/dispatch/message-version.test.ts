/** Which version of the message a device was sent, whoever had its batch in hand when the message was corrected. */
import { expect, test } from 'vitest'
import type { Outcome } from '../../src/domain/outcome.ts'
import { takeBack } from '../../src/maintenance/take-back.ts'
import type { Pool } from '../../src/postgres/pool.ts'
import { RecentResults } from '../../src/results/recent-results.ts'
import { startApp } from '../api/start-app.ts'
import { attemptWith } from '../support/attempt-with.ts'
import { type BatchColumns, createBatches, createCampaign, createDevices } from '../support/factories.ts'
import { fakeSender } from '../support/fake-sender.ts'
import { until } from '../support/until.ts'

const SENT: Outcome = { kind: 'sent', messageId: '1' }
const REFUSED: Outcome = {
  kind: 'rejected',
  code: 'invalid_payload',
  detail: 'Invalid value at message.android',
}
const LOST: Outcome = { kind: 'in_doubt', code: 'answer_lost' }
const NEW_TEXT = { title: 'Corrected', body: 'Now right' }

async function setup({
  devices = 6,
  campaign = {},
  columns = {},
}: {
  devices?: number
  campaign?: object
  columns?: BatchColumns
} = {}) {
  const { pool, call } = await startApp()
  const { deviceIds } = await createDevices(pool, devices)
  const id = await createCampaign(pool, { state: 'sending', ...campaign })
  await createBatches(pool, id, deviceIds, columns)
  const url = `/v1/campaigns/${id}`
  const correct = async (message: object = NEW_TEXT) => {
    await call('POST', `${url}/pause`)
    const corrected = await call('PATCH', url, { message })
    expect(corrected.status).toBe(200)
    const resumed = await call('POST', `${url}/resume`)
    expect(resumed.status).toBe(200)
  }
  const versions = async () =>
    (
      await pool.query<{ v: number | null }>('SELECT message_version AS v FROM deliveries ORDER BY device_id')
    ).rows.map(({ v }) => v)
  const shown = async () => {
    const { json } = await call('GET', `${url}/deliveries`)
    return json.data.map((each: { messageVersion: number | null }) => each.messageVersion)
  }
  return { pool, call, id, url, correct, versions, shown }
}

test('what is left gets the corrected text; what is in flight is recorded with the one before', async () => {
  const { pool, id, correct, versions, shown } = await setup({ devices: 3 })
  const texts: [string, string | undefined][] = []
  await attemptWith(pool, id, () => SENT, {
    sender: fakeSender(async ({ addresses, message }, { signal, report }) => {
      // Corrected, and sending again, before the first answer has arrived.
      await correct()
      texts.push([addresses[0]?.address as string, message.content.title])
      report(0, SENT)
      await until(() => signal.aborted, { what: 'the attempt is told that its text is an old one' })
    }),
  })
  await attemptWith(pool, id, () => SENT, {
    sender: fakeSender(async ({ addresses, message }, { report }) => {
      for (const [index, { address }] of addresses.entries()) {
        texts.push([address as string, message.content.title])
        report(index, SENT)
      }
    }),
  })
  expect(texts).toEqual([
    ['token-m1-1', 'Hello'],
    ['token-m2-1', 'Corrected'],
    ['token-m3-1', 'Corrected'],
  ])
  expect(await versions()).toEqual([null, 2, 2])
  expect(await shown()).toEqual([1, 2, 2])
})

test('a campaign that was never corrected stores no version: it takes no byte', async () => {
  const { pool, id, versions } = await setup()
  await attemptWith(pool, id, () => SENT)
  expect(await versions()).toEqual([null, null, null, null, null, null])
  const { rows } = await pool.query(
    `SELECT max(pg_column_size(d)) AS bytes FROM deliveries d WHERE message_id IS NOT NULL`,
  )
  const { rows: bare } = await pool.query(
    `SELECT max(pg_column_size(x)) AS bytes FROM (
       SELECT campaign_id, device_id, sent_at, state, code, attempt, message_id FROM deliveries) x`,
  )
  // The header is as long with the null bitmap of eight columns as without it.
  expect(rows[0].bytes).toBe(bare[0].bytes)
})

test('at_most_once: what a dead dispatcher had in flight is in doubt with the text that it had', async () => {
  const { pool, id, correct, versions, shown } = await setup({
    devices: 3,
    campaign: { guarantee: 'at_most_once' },
    columns: { attempt: 1, launched: [2] },
  })
  await correct()
  await attemptWith(pool, id, () => SENT)
  expect(await versions()).toEqual([2, null, 2])
  expect(await shown()).toEqual([2, 1, 2])
})

test('at_most_once: a window that is launched after the correction has the new version', async () => {
  const { pool, id, correct, versions } = await setup({
    devices: 3,
    campaign: { guarantee: 'at_most_once' },
  })
  await correct()
  await attemptWith(pool, id, () => LOST)
  expect(await versions()).toEqual([2, 2, 2])
  expect((await pool.query('SELECT launched_version FROM batches')).rows).toEqual([{ launched_version: 2 }])
})

test('at_most_once: canceled after a crash, what was in flight keeps its version', async () => {
  const { pool, call, url, correct } = await setup({
    devices: 3,
    campaign: { guarantee: 'at_most_once' },
    columns: { attempt: 1, launched: [1], launched_version: 1 },
  })
  await correct()
  await pool.query('UPDATE batches SET launched_version = 2, launched = ARRAY[2]::smallint[]')
  await call('POST', `${url}/cancel`)
  const { rows } = await pool.query('SELECT code, message_version FROM deliveries')
  expect(rows).toEqual([{ code: 22, message_version: 2 }])
})

test('of a batch that killed its dispatchers it is not known which text a device may have got', async () => {
  const { pool, id, correct, versions, shown } = await setup({
    devices: 2,
    columns: { attempt: 8, spent: 8 },
  })
  await correct()
  await attemptWith(pool, id, () => SENT)
  expect(await versions()).toEqual([0, 0])
  expect(await shown()).toEqual([null, null])
})

test('a lost answer that is sent again has the version of the message that came after it', async () => {
  const { pool, id, correct, versions } = await setup({ devices: 1 })
  await attemptWith(pool, id, () => LOST)
  await correct()
  await pool.query(`UPDATE batches SET not_before = now(), retry_at = NULL`)
  await attemptWith(pool, id, () => SENT)
  expect(await versions()).toEqual([2])
})

test('a platform that is halted gets the corrected text when it is its turn', async () => {
  const { pool, id, correct, versions } = await setup({ devices: 4 })
  await pool.query(`UPDATE devices SET platform = 'ios' WHERE id % 2 = 0`)
  await attemptWith(pool, id, (token) =>
    Number(token.slice(7, 8)) % 2 === 0 ? { kind: 'rejected', code: 'bad_topic' } : SENT,
  )
  expect((await pool.query('SELECT halted_platforms::text[] AS h FROM campaigns')).rows[0].h).toEqual(['ios'])
  await correct()
  await pool.query(`UPDATE batches SET not_before = now(), retry_at = NULL`)
  await attemptWith(pool, id, () => SENT)
  expect(await versions()).toEqual([null, 2, null, 2])
})

test('failures of the message before do not pause a campaign that was corrected', async () => {
  const errorLimits = { percent: 50, minimum: 4 }
  const { pool, id, correct } = await setup({ devices: 6 })
  await attemptWith(pool, id, () => REFUSED, {
    errorLimits,
    sender: fakeSender(async ({ addresses }, { report }) => {
      for (const index of addresses.keys()) {
        // Three more answers are on their way when it is sending again.
        if (index === 3) await correct()
        report(index, REFUSED)
      }
    }),
  })
  const { rows } = await pool.query('SELECT state, message_version FROM campaigns')
  expect(rows).toEqual([{ state: 'sending', message_version: 2 }])
})

/** What an asynchronous standby that is promoted may lack. */
async function loseCorrection(pool: Pool): Promise<void> {
  await pool.query(`UPDATE campaigns SET message_version = 1, message = '{"title":"Hello","body":"World"}'`)
  await pool.query('DELETE FROM campaign_messages')
}

test('a correction that was lost by a failover leaves no number that the next one takes for another text', async () => {
  const { pool, id, correct, versions, shown } = await setup({ devices: 3 })
  await correct()
  await attemptWith(pool, id, () => SENT, {
    sender: fakeSender(async ({ addresses }, { report }) => {
      await loseCorrection(pool)
      for (const index of addresses.keys()) report(index, SENT)
    }),
  })
  expect(await versions()).toEqual([0, 0, 0])
  expect(await shown()).toEqual([null, null, null])
})

test('nor do results that are written again after it', async () => {
  const { pool, id, correct, versions } = await setup({ devices: 3 })
  await correct()
  const { rows } = await pool.query<{ id: number }>('SELECT id::int FROM devices ORDER BY id')
  const recent = new RecentResults()
  for (const [index, version] of [1, 2, 3].entries()) {
    const result = {
      deviceId: rows[index]?.id as number,
      state: 'sent',
      code: 'ok',
      messageId: 'm',
      addressIsDead: 'no',
    } as const
    recent.add({ campaignId: id, attempt: 1, messageVersion: version }, [result])
  }
  await recent.restore(pool, { missing: 0, orphans: 0, isBeyondReach: false })
  expect(await versions()).toEqual([null, 2, 0])
})

test('a slow campaign is judged by the failures of its current message alone', async () => {
  const errorLimits = { percent: 50, minimum: 4 }
  const { pool, id, correct } = await setup({ devices: 12, campaign: { rate_per_minute: 1 } })
  const attempt = async (outcome: Outcome) => {
    await pool.query(`UPDATE rate_limits SET next_at = now() - interval '1 min'`)
    await attemptWith(pool, id, () => outcome, { errorLimits })
  }
  for (let minute = 0; minute < 3; minute++) await attempt(REFUSED)
  await correct()
  for (let minute = 0; minute < 3; minute++) await attempt(REFUSED)
  expect((await pool.query('SELECT state FROM campaigns')).rows).toEqual([{ state: 'sending' }])
  await attempt(REFUSED)
  expect((await pool.query('SELECT state, pause_reason FROM campaigns')).rows).toEqual([
    { state: 'paused', pause_reason: 'message_refused' },
  ])
})

test('a batch whose owner died before the correction is sent with the corrected text', async () => {
  const { pool, id, correct, versions } = await setup({
    devices: 2,
    columns: { state: 'sending', attempt: 1 },
  })
  await takeBack(pool, [])
  await correct()
  await attemptWith(pool, id, () => SENT)
  expect(await versions()).toEqual([2, 2])
})

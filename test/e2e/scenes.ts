/**
 * What an installation looks like that has been in use: campaigns in every state and of every size, with results. Written
 * as rows, because nobody sends ten million messages for a picture; `workers` must not include maintenance, which would see
 * that they do not add up with deliveries that are not there.
 */

import { DELIVERY_CODES, type DeliveryCode } from '../../src/domain/delivery-result.ts'
import type { Pool } from '../../src/postgres/pool.ts'
import { type CampaignColumns, createCampaign } from '../support/factories.ts'

const MINUTE = 60_000

export interface Scenes {
  sending: string
  /** It waits for the one that is being sent. */
  overtaken: string
  paused: string
  /** FCM refuses its message. */
  refused: string
  /** Its message was corrected. */
  corrected: string
  finished: string
  huge: string
  canceled: string
  empty: string
  /** Drafts: of a silent message, and of one in which much is wrong. */
  silent: string
  wrong: string
}

export async function makeScenes(pool: Pool, deviceIds: readonly number[]): Promise<Scenes> {
  const ago = (minutes: number) => new Date(Date.now() - minutes * MINUTE)
  const message = {
    title: '오늘 저녁 8시, 선착순 할인 🎉',
    body: 'First come, first served: the doors open at eight. Members only, while stocks last.',
    link: 'https://shop.example/doors',
  }
  const empty = await createCampaign(pool, {
    name: 'Autumn preview',
    message,
    audience: { filter: { platforms: ['ios'] } },
  })
  const silent = await createCampaign(pool, {
    name: 'Refresh prices',
    message: { data: { type: 'sync', scope: 'prices' }, android: { priority: 'high' } },
  })
  const wrong = await createCampaign(pool, {
    name: 'Birthday',
    message: {
      body: 'Happy birthday, {{ user.first_name | default: "you" }}!',
      imageUrl: 'http://shop.example/cake.png',
      data: { message_type: 'birthday' },
      android: {
        ttl: '2505600s',
        notification: { channelID: 'promo', color: 'red', notification_count: '3' },
      },
      apns: {
        headers: { 'apns-priority': 'high' },
        payload: { aps: { badge: '1', contentAvailable: true } },
      },
      webpush: { headers: { Topic: 'breaking-news' }, fcm_options: { link: 'http://shop.example/' } },
    },
  })
  await createCampaign(pool, {
    name: 'New year',
    message,
    state: 'scheduled',
    scheduled_at: new Date(Date.now() + 40 * 24 * 60 * MINUTE),
  })
  const finished = await createCampaign(pool, {
    name: 'Spring collection',
    message,
    state: 'finished',
    audience_size: deviceIds.length,
    is_planned: true,
    started_at: ago(60),
    closed_at: ago(58),
  })
  await batches(
    pool,
    finished,
    {
      count: 1,
      size: deviceIds.length,
      sent: deviceIds.length - 9,
      failed: 5,
      skipped: 3,
      inDoubt: 1,
      from: ago(60),
      to: ago(58),
    },
    true,
  )
  await pool.query(
    `INSERT INTO deliveries (campaign_id, device_id, state, code, attempt, message_id, sent_at)
     SELECT $1, d, CASE WHEN n <= 5 THEN 2 WHEN n <= 8 THEN 3 WHEN n = 9 THEN 4 ELSE 1 END,
       CASE WHEN n <= 4 THEN ${number('unregistered')} WHEN n = 5 THEN ${number('third_party_auth_error')}
         WHEN n <= 8 THEN ${number('opted_out')} WHEN n = 9 THEN ${number('answer_lost')}
         ELSE ${number('ok')} END, 1 + n % 2,
       CASE WHEN n > 9 THEN convert_to('0:1500415314455276%31bd1c9631bd1c96', 'UTF8') END, $3::timestamptz + n * interval '0.1 s'
     FROM unnest($2::bigint[]) WITH ORDINALITY AS u (d, n)`,
    [finished, deviceIds, ago(60)],
  )
  const huge = await createCampaign(pool, {
    name: 'Everybody, everywhere: the ten-million-device announcement whose name somebody did not want to shorten at all',
    message,
    state: 'finished',
    audience_size: 10_000_000,
    is_planned: true,
    started_at: ago(1500),
    closed_at: ago(1483),
  })
  await batches(pool, huge, {
    count: 20_000,
    size: 500,
    sent: 487,
    failed: 11,
    skipped: 2,
    inDoubt: 0,
    from: ago(1500),
    to: ago(1483),
  })
  const canceled = await createCampaign(pool, {
    name: 'תזמון שגוי – wrong time',
    message: { title: 'שלום לכולם', body: 'המבצע מתחיל עכשיו' },
    state: 'canceled',
    audience_size: 2_000_000,
    is_planned: true,
    started_at: ago(300),
    closed_at: ago(299),
  })
  await batches(pool, canceled, {
    count: 1_200,
    size: 500,
    sent: 492,
    failed: 8,
    skipped: 0,
    inDoubt: 0,
    from: ago(300),
    to: ago(299),
  })
  await pool.query(
    `INSERT INTO batches (campaign_id, seq, through_id, device_ids, size, state, canceled)
     SELECT $1, 100000 + n, 0, '{}', 500, 'canceled', 500 FROM generate_series(1, 2800) n`,
    [canceled],
  )
  const paused = await createCampaign(pool, {
    name: 'Flash sale',
    message,
    state: 'paused',
    pause_reason: 'credential_refused',
    pause_detail:
      "FCM answered 403 and said: Permission 'cloudmessaging.messages.create' denied. Give the service account the role of Firebase Cloud Messaging API admin, then resume.",
    audience_size: 1_000_000,
    is_planned: true,
    started_at: ago(3),
    halted_platforms: ['ios'],
  })
  await batches(pool, paused, {
    count: 900,
    size: 500,
    sent: 480,
    failed: 15,
    skipped: 5,
    inDoubt: 0,
    from: ago(3),
    to: ago(1),
  })
  await waiting(pool, paused, 1_100)
  const sending = await createCampaign(pool, {
    name: 'Doors open',
    message,
    state: 'sending',
    audience_size: 2_000_000,
    is_planned: true,
    started_at: ago(2),
  })
  await batches(pool, sending, {
    count: 2_400,
    size: 500,
    sent: 486,
    failed: 10,
    skipped: 3,
    inDoubt: 1,
    from: ago(2),
    to: ago(0),
  })
  await waiting(pool, sending, 1_600)
  const overtaken = await createCampaign(pool, {
    name: 'Weekly digest',
    message,
    state: 'sending',
    priority: 9,
    audience_size: 500_000,
    is_planned: true,
    started_at: ago(9),
  })
  await waiting(pool, overtaken, 1_000)
  await pool.query(`UPDATE batches SET state = 'queued' WHERE campaign_id = ANY($1) AND seq = 100001`, [
    [sending, overtaken],
  ])
  const refused = await createCampaign(pool, { ...REFUSED, message, started_at: ago(4) })
  await batches(pool, refused, ALL_REFUSED)
  await waiting(pool, refused, 1_900)
  const corrected = await createCampaign(pool, {
    ...REFUSED,
    name: 'Flash sale, corrected',
    message: { ...message, title: '오늘 저녁 8시, 선착순 할인 (수정)' },
    message_version: 2,
    pause_reason: 'message_corrected',
    pause_detail:
      'FCM refused the message; it has been corrected and is version 2 now. Resume to send it to the devices that are left, or cancel.',
    started_at: ago(4),
  })
  await batches(pool, corrected, ALL_REFUSED)
  await waiting(pool, corrected, 1_900)
  await pool.query(
    `INSERT INTO campaign_messages (campaign_id, version, message, created_at)
     SELECT $1, v, CASE v WHEN 1 THEN $2 ELSE $3 END::jsonb, now() - v * interval '1 min' FROM generate_series(1, 2) v`,
    [
      corrected,
      JSON.stringify({ ...message, android: { notification: { color: 'red' } } }),
      JSON.stringify({ ...message, title: '오늘 저녁 8시, 선착순 할인 (수정)' }),
    ],
  )
  for (const id of [refused, corrected]) {
    await pool.query(
      `INSERT INTO campaign_samples (campaign_id, code, message_version, detail)
       SELECT $1, code, 1, $2 FROM unnest($3::int[]) code`,
      [id, FCM_SENTENCE, [number('unregistered'), number('invalid_address'), number('answer_lost')]],
    )
  }
  return { sending, overtaken, paused, refused, corrected, finished, huge, canceled, empty, silent, wrong }
}

/** Long, with quotes and with what looks like HTML: it is shown as it is. */
const FCM_SENTENCE = `Invalid JSON payload received. Unknown name "<b onclick='x'>colour</b>" at 'message.android.notification': Cannot find field. · message.android.notification.color: must be in #rrggbb form, and not "red"; message.android.notification.aVeryLongFieldNameThatNobodyWouldEverWriteButSomebodyDidAnyway`

const REFUSED: CampaignColumns = {
  name: 'Flash sale',
  state: 'paused',
  pause_reason: 'message_refused',
  pause_detail: `310 of 312 messages of one batch failed, most of them with "invalid_payload": FCM refused the message itself. FCM said: “${FCM_SENTENCE}” Correct the message (sizes, reserved data keys, platform options), then resume; or cancel. Devices that have failed can be resent to when the campaign has ended. (The limit is 50 %: ERROR_PAUSE_PERCENT.)`,
  audience_size: 960_000,
  is_planned: true,
}

const ALL_REFUSED: Done = {
  count: 20,
  size: 500,
  sent: 0,
  failed: 490,
  skipped: 10,
  inDoubt: 0,
  from: new Date(Date.now() - 4 * MINUTE),
  to: new Date(Date.now() - 3 * MINUTE),
}

/** Its last results came in just now: it has a rate, and a time left. */
export async function moveToNow(pool: Pool, campaignId: string): Promise<void> {
  await pool.query(
    `UPDATE batches b SET first_sent_at = b.first_sent_at + m.late, last_sent_at = b.last_sent_at + m.late,
       first_result_at = b.first_result_at + m.late, last_result_at = b.last_result_at + m.late
     FROM (SELECT now() - max(last_result_at) AS late FROM batches WHERE campaign_id = $1) m
     WHERE b.campaign_id = $1 AND b.last_result_at IS NOT NULL`,
    [campaignId],
  )
}

export interface Done {
  count: number
  size: number
  sent: number
  failed: number
  skipped: number
  inDoubt: number
  from: Date
  to: Date
}

/** Batches that are done, one after the other from `from` to `to`. */
export async function batches(pool: Pool, campaignId: string, done: Done, isWhole = false): Promise<void> {
  if (!isWhole) await notSent(pool, campaignId, done)
  const { count, size, sent, failed, skipped, inDoubt, from, to } = done
  await pool.query(
    `INSERT INTO batches (campaign_id, seq, through_id, device_ids, size, state, attempt, sent, failed, skipped, in_doubt,
       first_result_at, last_result_at, first_sent_at, last_sent_at)
     SELECT $1, n, 0, '{}', $3, 'done', 1 + (n % 65 = 0)::int, $4::int, $5, $6, $7, t.first, t.last,
       CASE WHEN $4::int > 0 THEN t.first END, CASE WHEN $4::int > 0 THEN t.last END
     FROM generate_series(1, $2::int) n
     CROSS JOIN LATERAL (SELECT
       $8::timestamptz + ($9::timestamptz - $8) * greatest(0, (n - 1 - 3 * random()) / $2::float8) AS first,
       $8::timestamptz + ($9::timestamptz - $8) * (n / $2::float8) AS last) t`,
    [campaignId, count, size, sent, failed, skipped, inDoubt, from, to],
  )
}

/** Rows of those who did not get it, for devices that are not there any more. */
async function notSent(pool: Pool, campaignId: string, done: Done): Promise<void> {
  const { count, failed, skipped, inDoubt, to } = done
  await pool.query(
    `INSERT INTO deliveries (campaign_id, device_id, state, code, attempt, sent_at)
     SELECT $1, 1000000000 + n, s.state, s.code, 1, $5
     FROM generate_series(1, $2::int) n
     CROSS JOIN LATERAL (SELECT
       CASE WHEN n <= $3::int THEN 2 WHEN n <= $3::int + $4::int THEN 3 ELSE 4 END AS state,
       CASE WHEN n <= $3::int * 0.9 THEN ${number('unregistered')} WHEN n <= $3::int THEN ${number('invalid_address')}
         WHEN n <= $3::int + $4::int THEN ${number('opted_out')} ELSE ${number('answer_lost')} END AS code) s`,
    [campaignId, count * (failed + skipped + inDoubt), count * failed, count * skipped, to],
  )
}

function number(code: DeliveryCode): number {
  return DELIVERY_CODES[code].number
}

async function waiting(pool: Pool, campaignId: string, count: number): Promise<void> {
  await pool.query(
    `INSERT INTO batches (campaign_id, seq, through_id, device_ids, size, state)
     SELECT $1, 100000 + n, 0, '{}', 500, 'planned' FROM generate_series(1, $2::int) n`,
    [campaignId, count],
  )
}

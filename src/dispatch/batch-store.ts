/**
 * The statements with which a dispatcher changes a batch.
 *
 *   planned ──enqueue──> queued ──claim──> sending ──end──> done
 *      ^                                   │ └───end───> canceled   (its campaign was canceled meanwhile)
 *      └─────────── end, or rescue ────────┘                        (devices left: again at not_before)
 *
 * Fencing (invariant 4): the process that claimed a batch may change it as long as it is `sending` with the attempt
 * number of that claim. Zero rows means that another process owns the batch now; the caller stops, and what it has sent is
 * recorded all the same. All times are of the database's clock.
 *
 * Passes: in one pass each device is sent to at most once. A device that got no result waits for the next pass, which
 * begins when all others were sent to; so a device that always answers 503 keeps none waiting, however slow the campaign is.
 * Only the end of a pass counts against the limit of attempts.
 *
 * The devices of a batch are looked up one by one, in LATERAL with LIMIT 1, and not joined: for a join, PostgreSQL's
 * planner may read all deliveries of the campaign for each batch, as long as it assumes that there are few.
 */

import type { AddressKind } from '../domain/address.ts'
import type { CampaignState, Guarantee, Platform } from '../domain/campaign.ts'
import { type CapRule, type CapSwitches, isCalendar, usesCaps } from '../domain/caps.ts'
import { DELIVERY_CODES, deliveryCodeOf } from '../domain/delivery-result.ts'
import type { ZoneSkip } from '../domain/local-time.ts'
import type { CampaignMessage } from '../domain/message.ts'
import { type Advertiser, isUnrestricted, type SendRules } from '../domain/send-rules.ts'
import {
  countByState,
  endedStretches,
  resultTimes,
  resumedAt,
  setCounts,
  setResultTimes,
} from '../postgres/delivery-counts.ts'
import { inTransaction, type Pool, type Queryable } from '../postgres/pool.ts'
import { VOID_ATTEMPTS } from '../postgres/timeline.ts'
import type { BatchRef } from '../queue/job-queue.ts'
import { BATCH_SUMS, totalsSql } from '../results/read-progress.ts'

/** With what decides when a message may leave (domain/send-rules.ts). */
export interface Claim extends SendRules, CapSwitches {
  campaignId: string
  seq: number
  projectId: number
  /** The fencing token. Only grows. */
  attempt: number
  /** Passes that have ended. */
  spent: number
  /** When this attempt began, as PostgreSQL writes it. */
  claimedAt: string
  /** Milliseconds since the first attempt. */
  ageMs: number
  message: CampaignMessage
  guarantee: Guarantee
  /** 1 (first) to 10. */
  priority: number
  ratePerMinute: number | null
  /** The first campaign of the chain of resends, mostly the campaign itself. All use its collapse identifier. */
  chainId: string
  /** Nothing is sent to these platforms until an operator has fixed their push credential. */
  haltedPlatforms: Platform[]
  /** Of `message`. */
  messageVersion: number
  /** Of the message that the devices with `wasLaunched` were sent. */
  launchedVersion: number
  /** False: a person has resumed the campaign although its addresses are refused. */
  judgesAddresses: boolean
  /** Nothing is sent: each device gets this result. */
  skipCode: ZoneSkip | 'other_device' | null
  /** Of advertising. */
  advertiser: Advertiser | null
  /** Of members whose zone is not known; null: as the environment says. */
  defaultZone: string | null
}

/**
 * Takes the batch for the owner: queued → sending, attempt + 1. Returns null if another process has it, if its campaign is
 * not sending any more, or if the owner was declared dead (owner-watch.ts); there is nothing to do then.
 */
export async function claimBatch(pool: Pool, ref: BatchRef, owner: number): Promise<Claim | null> {
  const { rows } = await pool.query<
    Omit<Claim, 'campaignId' | 'seq' | 'skipCode'> & { skipCode: number | null }
  >({
    name: 'batch-claim',
    text: `UPDATE batches b SET state = 'sending', attempt = b.attempt + 1, owner = o.id,
             first_claimed_at = coalesce(b.first_claimed_at, now())
           FROM campaigns c, batch_owners o
           WHERE b.campaign_id = $1 AND b.seq = $2 AND b.state = 'queued' AND c.id = $1 AND c.state = 'sending'
             AND o.id = $3
           RETURNING b.attempt, b.spent, now()::text AS "claimedAt", c.message, c.guarantee,
             c.priority, c.rate_per_minute AS "ratePerMinute", coalesce(c.chain_id, c.id) AS "chainId",
             c.project_id AS "projectId",
             c.halted_platforms::text[] AS "haltedPlatforms",
             c.message_version AS "messageVersion", b.launched_version AS "launchedVersion",
             c.judges_addresses AS "judgesAddresses", b.skip_code AS "skipCode", c.kind, c.night, c.send_window AS "sendWindow",
             c.not_after AS "notAfter", c.advertiser, c.default_zone AS "defaultZone",
             c.ignores_caps AS "ignoresCaps", c.counts_toward_caps AS "countsTowardCaps",
             (extract(epoch FROM now() - b.first_claimed_at) * 1000)::float8 AS "ageMs"`,
    values: [ref.campaignId, ref.seq, owner],
  })
  if (rows[0] === undefined) return null
  const { skipCode, ...claim } = rows[0]
  const code = skipCode === null ? null : (deliveryCodeOf(skipCode) as Claim['skipCode'])
  return { campaignId: ref.campaignId, seq: ref.seq, ...claim, skipCode: code }
}

export interface BatchDevice {
  id: number
  /** Position in the batch, from 1. */
  position: number
  /** All three null when the device was deleted, or moved to another project, after planning. */
  address: string | null
  kind: AddressKind | null
  platform: Platform | null
  isGone: boolean
  /** Its address was replaced by that of another row, and that one is sent to. */
  isReplaced: boolean
  isOptedOut: boolean
  /** It belongs to another member than when the audience was frozen, and the audience is not everybody. */
  hasMoved: boolean
  /** at_most_once: an earlier owner died while its message was in flight. */
  wasLaunched: boolean
  /** This pass has sent to it already. */
  wasPassed: boolean
  /** Of its member, and PostgreSQL's now(): only of a campaign with rules about when it may be sent. */
  locale?: string | null
  timezone?: string | null
  hasMarketingConsent?: boolean
  hasNightConsent?: boolean
  databaseMs?: number
  /** Of a campaign that is capped or counts. */
  memberId?: number | null
}

/** Not for every campaign: five hundred zones and languages a batch are as many texts to read. */
const JUDGED = `,
             m.locale, m.timezone, m.marketing_consent_at IS NOT NULL AS "hasMarketingConsent",
             m.night_consent_at IS NOT NULL AS "hasNightConsent", (extract(epoch FROM now()) * 1000)::float8 AS "databaseMs"`
const JUDGED_COLUMNS = ', locale, timezone, marketing_consent_at, night_consent_at'
const CAPPED = ', d.member_id AS "memberId"'
/** For days and weeks of the calendar. */
const IN_ZONES = ', m.timezone'
const DATABASE_MS = ', (extract(epoch FROM now()) * 1000)::float8 AS "databaseMs"'

/**
 * Reads the devices of the batch that have no result yet, in order of position, as they are now. Only those of the
 * campaign's project have an address: one that has moved to another project since must not be sent to with this credential.
 */
export async function loadDevices(
  pool: Pool,
  claim: Claim,
  caps: readonly CapRule[] = [],
): Promise<BatchDevice[]> {
  const { campaignId, seq, projectId } = claim
  const isJudged = !isUnrestricted(claim)
  const { rows } = await pool.query<BatchDevice>({
    ...(usesCaps(claim, caps)
      ? isJudged
        ? { name: 'batch-devices-judged-capped', text: devicesSql(JUDGED + CAPPED, JUDGED_COLUMNS) }
        : caps.some(isCalendar)
          ? {
              name: 'batch-devices-in-zones',
              text: devicesSql(CAPPED + IN_ZONES + DATABASE_MS, ', timezone'),
            }
          : { name: 'batch-devices-capped', text: devicesSql(CAPPED + DATABASE_MS) }
      : isJudged
        ? { name: 'batch-devices-judged', text: devicesSql(JUDGED, JUDGED_COLUMNS) }
        : { name: 'batch-devices', text: devicesSql() }),
    values: [campaignId, seq, projectId],
  })
  return rows
}

const devicesSql = (judged = '', columns = '') => `
           SELECT i.id, i.position, d.address, d.kind::text, d.platform::text, coalesce(d.state = 'gone', false) AS "isGone",
             coalesce(d.gone_code = ${DELIVERY_CODES.address_replaced.number}, false) AS "isReplaced",
             m.opted_out_at IS NOT NULL AS "isOptedOut", coalesce(d.member_id <> i.member_id, false) AS "hasMoved",
             i.position::smallint = ANY(b.launched) AS "wasLaunched", i.position::smallint = ANY(b.passed) AS "wasPassed"${judged}
           FROM batches b
           CROSS JOIN LATERAL unnest(b.device_ids, b.member_ids) WITH ORDINALITY AS i (id, member_id, position)
           LEFT JOIN LATERAL (
             SELECT address, kind, platform, state, gone_code, member_id FROM devices WHERE id = i.id AND project_id = $3 LIMIT 1) d ON true
           LEFT JOIN LATERAL (SELECT opted_out_at${columns} FROM members WHERE id = d.member_id LIMIT 1) m ON true
           LEFT JOIN LATERAL (
             SELECT true AS is_there FROM deliveries WHERE campaign_id = $1 AND device_id = i.id LIMIT 1) x ON true
           WHERE b.campaign_id = $1 AND b.seq = $2 AND x.is_there IS NULL
           ORDER BY i.position`

/**
 * at_most_once: records, before they are sent, which messages may be in flight: after a crash these, and no others, are in
 * doubt. They replace the window before, whose answers are all recorded. Returns false if another process owns the batch:
 * do not send.
 */
export async function markLaunched(
  pool: Pool,
  { campaignId, seq, attempt, messageVersion }: Claim,
  positions: readonly number[],
): Promise<boolean> {
  const { rowCount } = await pool.query({
    name: 'batch-launched',
    text: `UPDATE batches SET launched = $4, launched_version = $5
           WHERE campaign_id = $1 AND seq = $2 AND state = 'sending' AND attempt = $3`,
    values: [campaignId, seq, attempt, positions, messageVersion],
  })
  return rowCount === 1
}

export interface Release {
  /** Milliseconds until the next attempt, if devices are left. */
  waitMs: number
  /** Milliseconds until the devices in `passed` may be sent to again. */
  backOffMs: number
  /** True: no device is left that this pass has still to send to. The pass counts as spent. */
  endsPass: boolean
  /** Positions of the devices without a result that this pass has sent to. */
  passed: readonly number[]
  /** True: the time until now does not count against the age limit (it was lost to a pause or a shutdown, not to FCM). */
  restartsAge: boolean
  /**
   * True: the devices that are left wait for an operator, as long as the campaign has a halted platform. If they were not asked
   * for in this pass, the passes of the others are over, and theirs begin anew.
   */
  isHeld: boolean
  /**
   * It was stopped before the end of its pass. If some devices just got their message, the others should not wait long for
   * theirs: the batch takes precedence. If none did, it has what it had before: in an outage, attempts that send nothing may
   * go through all batches of a campaign. None in a campaign with a rate of its own: each of its attempts is cut off, and many
   * such campaigns would keep all others waiting.
   */
  isCutOff: boolean
  /**
   * True: the devices that are left wait for their hours, and for nothing else. The passes of the others are over, and theirs
   * begin anew.
   */
  isAsleep: boolean
  /**
   * False: it has not read its devices, so it knows neither which of them this pass has sent to, nor that what an earlier owner
   * had in flight is recorded as in doubt. Both stay written.
   */
  hasLooked: boolean
  /** When results with state `sent` were recorded, as PostgreSQL writes it; null if there were none. */
  firstSentAt: string | null
  lastSentAt: string | null
}

/**
 * Ends an attempt. The batch becomes `done` when every device has a result, `canceled` when its campaign is canceled and
 * devices are left, otherwise `planned` again. The counts are counted from the rows, in the same statement: a fenced
 * earlier owner may have recorded some of them (invariant 4). Returns null if another process owns the batch.
 */
export async function endAttempt(
  pool: Pool,
  { campaignId, seq, attempt }: Claim,
  back: Release,
): Promise<'done' | 'planned' | 'canceled' | null> {
  const { rows } = await pool.query<{ state: 'done' | 'planned' | 'canceled' }>({
    name: 'batch-end',
    text: `WITH counted AS (${COUNT_FROM_ROWS})
           UPDATE batches b SET
             state = (CASE WHEN n.total = b.size THEN 'done' WHEN ${IS_CANCELED} THEN 'canceled'
                           ELSE 'planned' END)::batch_state,
             earlier_results = CASE WHEN n.total = b.size THEN b.earlier_results ELSE ${endedStretches('b', 'n')} END,
             again_at = CASE WHEN n.total = b.size AND b.earlier_results IS NOT NULL THEN n.again_at END,
             ${setCounts('n')},
             canceled = CASE WHEN n.total < b.size AND ${IS_CANCELED} THEN b.size - n.total ELSE 0 END,
             owner = NULL, launched = CASE WHEN $12::boolean THEN '{}' ELSE b.launched END,
             not_before = CASE WHEN $9::boolean AND c.halted_platforms <> '{}' THEN 'infinity'
                               ELSE greatest(now() + make_interval(secs => $4::float8 / 1000),
                                 CASE WHEN $6::boolean THEN ${RETRY_AT} END) END,
             retry_at = CASE WHEN $6::boolean THEN NULL ELSE ${RETRY_AT} END,
             spent = CASE WHEN $6::boolean AND n.total < b.size THEN b.spent + 1 WHEN $9::boolean OR $14::boolean THEN 0 ELSE b.spent END,
             passed = CASE WHEN $6::boolean THEN '{}' WHEN $12::boolean THEN $7::smallint[] ELSE b.passed END,
             first_claimed_at = CASE WHEN $8::boolean THEN NULL ELSE b.first_claimed_at END,
             precedence = CASE WHEN NOT $13::boolean OR c.rate_per_minute IS NOT NULL THEN 0 WHEN $10::timestamptz IS NOT NULL THEN 1 ELSE least(b.precedence, 1) END,
             first_sent_at = least(b.first_sent_at, $10::timestamptz),
             last_sent_at = greatest(b.last_sent_at, $11::timestamptz),
             ${setResultTimes('n')}
           FROM counted n, campaigns c
           WHERE b.campaign_id = $1 AND b.seq = $2 AND b.state = 'sending' AND b.attempt = $3 AND c.id = $1
           RETURNING b.state`,
    values: [
      campaignId,
      seq,
      attempt,
      back.waitMs,
      back.backOffMs,
      back.endsPass,
      back.passed,
      back.restartsAge,
      back.isHeld,
      back.firstSentAt,
      back.lastSentAt,
      back.hasLooked,
      back.isCutOff,
      back.isAsleep,
    ],
  })
  return rows[0]?.state ?? null
}

/** Not while devices that an earlier owner had in flight have no result: campaigns/cancel-batches.ts records them as in doubt first. */
const IS_CANCELED = `(c.state = 'canceled' AND ($12::boolean OR b.launched = '{}'))`

/** `greatest` ignores nulls. A back-off of 0: nothing was asked for. */
const RETRY_AT = `greatest(b.retry_at, CASE WHEN $5::float8 > 0 THEN now() + make_interval(secs => $5::float8 / 1000) END)`

/**
 * at_most_once: a former owner whose messages are all answered and recorded leaves no doubt. Only if nobody has claimed the
 * batch since: what is launched then is not its own. A failover makes claims void (postgres/timeline.ts).
 */
export async function clearLaunched(pool: Pool, { campaignId, seq, attempt }: Claim): Promise<void> {
  await pool.query({
    name: 'batch-clear-launched',
    text: `UPDATE batches SET launched = '{}'
           WHERE campaign_id = $1 AND seq = $2 AND attempt = ANY($3::int[]) AND state IN ('planned', 'queued') AND launched <> '{}'`,
    values: [campaignId, seq, [attempt, attempt + VOID_ATTEMPTS]],
  })
}

/**
 * Counts a canceled batch again: its former owner has recorded messages that were sent before it noticed. Changes no
 * batch in another state: its next owner counts those rows at the end of its attempt. The campaign may be closed meanwhile; then
 * its totals are summed again as well.
 */
export async function recountCanceled(pool: Pool, { campaignId, seq }: Claim): Promise<void> {
  await inTransaction(pool, async (tx) => {
    const { rowCount } = await tx.query({
      name: 'batch-recount-canceled',
      text: `UPDATE batches b SET ${setCounts('n')}, ${setResultTimes('n')}, canceled = b.size - n.total
             FROM (${COUNT_FROM_ROWS}) n WHERE b.campaign_id = $1 AND b.seq = $2 AND b.state = 'canceled'`,
      values: [campaignId, seq],
    })
    if (rowCount === 0) return
    // Locked by a statement of its own: the next one then sees whatever has changed its batches meanwhile.
    const closed = await tx.query({
      name: 'batch-lock-closed',
      text: 'SELECT FROM campaigns WHERE id = $1 AND totals IS NOT NULL FOR NO KEY UPDATE',
      values: [campaignId],
    })
    if (closed.rowCount === 0) return
    await tx.query({
      name: 'batch-sum-again',
      text: `UPDATE campaigns c SET totals = c.totals || ${totalsSql('s', 'c.audience_size')}
             FROM (SELECT ${BATCH_SUMS} FROM batches b WHERE b.campaign_id = $1) s WHERE c.id = $1`,
      values: [campaignId],
    })
  })
}

/** Counts the rows in `deliveries` for the devices of batch $1, $2. */
const COUNT_FROM_ROWS = `
  SELECT count(*) AS total, ${countByState('d.state')}, ${resultTimes('d.sent_at')}, ${resumedAt('x', 'd.sent_at')}
  FROM batches x CROSS JOIN LATERAL unnest(x.device_ids) AS i (id)
  CROSS JOIN LATERAL (SELECT state, sent_at FROM deliveries WHERE campaign_id = $1 AND device_id = i.id LIMIT 1) d
  WHERE x.campaign_id = $1 AND x.seq = $2`

/** An attempt at a batch, as its owner knows it. */
export type Held = Pick<Claim, 'campaignId' | 'seq' | 'attempt' | 'messageVersion'>

/** `messageVersion`: the campaign's, now. */
export type Owned = Held & { campaignState: CampaignState }

/** Reads the batches that belong to the owner now, with the states of their campaigns. */
export async function readOwned(db: Queryable, owner: number): Promise<Owned[]> {
  const { rows } = await db.query<Owned>({
    name: 'batch-owned',
    text: `SELECT b.campaign_id AS "campaignId", b.seq, b.attempt, c.state AS "campaignState",
             c.message_version AS "messageVersion"
           FROM batches b
           CROSS JOIN LATERAL (SELECT state, message_version FROM campaigns WHERE id = b.campaign_id LIMIT 1) c
           WHERE b.owner = $1`,
    values: [owner],
  })
  return rows
}

/**
 * Gives up a batch that the caller owns and nobody works at: its claim was answered and the answer lost, or its results
 * can never be written. Maintenance takes it back as if this process had died. What was launched stays written, so under
 * at_most_once nothing is sent again.
 */
export async function abandonBatch(
  db: Queryable,
  { campaignId, seq, attempt }: Pick<Claim, 'campaignId' | 'seq' | 'attempt'>,
): Promise<void> {
  await db.query({
    name: 'batch-abandon',
    text: `UPDATE batches SET owner = NULL WHERE campaign_id = $1 AND seq = $2 AND state = 'sending' AND attempt = $3`,
    values: [campaignId, seq, attempt],
  })
}

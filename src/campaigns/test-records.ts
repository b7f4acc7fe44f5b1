/**
 * What is known of tests: who sent which text to whom, and what FCM answered. A test is recorded before its first message
 * leaves, and that is also where a caller's tests are counted: for all API processes together.
 */
import { memberPseudonym } from '../audit/member-pseudonym.ts'
import { inDeed } from '../audit/note-deeds.ts'
import type { AddressKind } from '../domain/address.ts'
import type { DeliveryCode } from '../domain/delivery-result.ts'
import { AppError, type ErrorCode } from '../domain/errors.ts'
import type { Outcome } from '../domain/outcome.ts'
import type { Pool, Queryable } from '../postgres/pool.ts'
import { nameOf } from './read-campaigns.ts'

export interface TestRecipient {
  externalId: string | null
  /** The last 8 characters; null for a member without an active device, and for one who was erased since. */
  address: string | null
  kind: AddressKind | null
}

export interface TestAnswer {
  /** unknown and not_sent: of a test without answers. */
  outcome: Outcome['kind'] | 'skipped' | 'no_device' | 'unknown' | 'not_sent'
  code: DeliveryCode | null
  /** In FCM's own words. */
  fcmSaid: string | null
  messageId: string | null
}

/** What was sent, so that a person can see that it is what was on the screen. */
export interface TestedText {
  version: number
  messageVersion: number
  messageHash: string
}

export interface NewTest extends TestedText {
  id: string
  campaignId: string
  validateOnly: boolean
  by: string
  /** Messages. */
  size: number
  recipients: readonly TestRecipient[]
}

export interface TestRecord extends Omit<NewTest, 'campaignId' | 'by'> {
  sentAt: Date
  sentBy: string
  /** Null: the user or the API key no longer exists. */
  sentByName: string | null
  /** Of each recipient. Null: no answer is known, because the process ended, or they are still awaited. */
  answers: TestAnswer[] | null
  failure: ErrorCode | null
}

/** What a caller's messages are counted over. */
const WINDOW_SECONDS = 60

/**
 * Records the test if the caller may send it, and if the campaign still has the version that was seen: false if it has not.
 * A test that reaches nobody counts as one message. The lock, until the transaction ends, makes two calls at once count each other.
 */
export async function recordTest(tx: Queryable, test: NewTest, mostAMinute: number): Promise<boolean> {
  const { id, campaignId, version, messageVersion, messageHash, validateOnly, by, size, recipients } = test
  if (size > mostAMinute) {
    throw new AppError(
      'invalid_request',
      `The test has ${size} messages; you may send ${mostAMinute} a minute as tests (TEST_MESSAGES_PER_CALLER). Nothing was sent. Name fewer members or addresses.`,
    )
  }
  await tx.query({
    name: 'test-lock-caller',
    text: `SELECT pg_advisory_xact_lock(hashtextextended('carillon.test.' || $1, 0))`,
    values: [by],
  })
  const { rows } = await tx.query<{ sent: number; seconds: number }>({
    name: 'test-count',
    text: COUNT_OF_CALLER,
    values: [by, WINDOW_SECONDS, mostAMinute - Math.max(1, size)],
  })
  const { sent = 0, seconds = 0 } = rows[0] ?? {}
  if (sent + Math.max(1, size) > mostAMinute) throw tooManyTests(size, sent, mostAMinute, seconds)
  const { rowCount } = await tx.query({
    name: 'test-record',
    text: `INSERT INTO test_sends (id, campaign_id, campaign_version, message_version, message_hash, is_validation,
             sent_by, size, recipients)
           SELECT $1, c.id, c.version, c.message_version, $4, $5, $6, $7, $8::jsonb
           FROM campaigns c WHERE c.id = $2 AND c.version = $3 AND c.message_version = $9 AND c.deleted_at IS NULL`,
    values: [
      id,
      campaignId,
      version,
      messageHash,
      validateOnly,
      by,
      size,
      JSON.stringify(recipients),
      messageVersion,
    ],
  })
  return rowCount === 1
}

/**
 * $1 caller, $2 seconds, $3 messages that may have been sent before for this test to be allowed. `seconds`: until so many of
 * them are older that it is.
 */
const COUNT_OF_CALLER = `
WITH mine AS (
  SELECT sent_at, sum(greatest(size, 1)) OVER (ORDER BY sent_at DESC, id DESC) AS since
  FROM test_sends WHERE sent_by = $1 AND sent_at > now() - make_interval(secs => $2))
SELECT coalesce(max(since), 0)::int AS sent,
  coalesce(extract(epoch FROM max(sent_at) FILTER (WHERE since > $3) + make_interval(secs => $2) - now()), 0)::float8 AS seconds
FROM mine`

function tooManyTests(size: number, sent: number, most: number, seconds: number): AppError {
  const retryAfterSeconds = Math.max(1, Math.ceil(seconds))
  return new AppError(
    'too_many_tests',
    `This test has ${size} messages, and you have sent ${sent} as tests in the last minute; ${most} are allowed (TEST_MESSAGES_PER_CALLER). Nothing was sent. Try again in ${retryAfterSeconds} s, or name fewer devices.`,
    { retryAfterSeconds },
  )
}

/** The recipients stay as they are: one may have been erased meanwhile. */
export async function recordAnswers(
  pool: Pool,
  id: string,
  answers: readonly TestAnswer[] | null,
  failure: ErrorCode | null = null,
): Promise<void> {
  await pool.query({
    name: 'test-answers',
    text: 'UPDATE test_sends SET answers = $2::jsonb, failure = $3 WHERE id = $1',
    values: [id, answers === null ? null : JSON.stringify(answers), failure],
  })
}

/** Newest first; `before`: the id of the last one of the page before. */
export async function listTests(
  pool: Pool,
  campaignId: string,
  limit: number,
  before: string | undefined,
): Promise<TestRecord[]> {
  const { rows } = await pool.query<TestRecord>({
    name: 'test-list',
    text: `SELECT t.id, t.campaign_version AS version, t.message_version AS "messageVersion", t.message_hash AS "messageHash",
             t.is_validation AS "validateOnly", t.sent_at AS "sentAt", t.sent_by AS "sentBy", ${nameOf('t.sent_by')} AS "sentByName",
             t.size, t.recipients, t.answers, t.failure
           FROM test_sends t WHERE t.campaign_id = $1 AND ($3::uuid IS NULL OR t.id < $3) ORDER BY t.id DESC LIMIT $2`,
    values: [campaignId, limit, before ?? null],
  })
  return rows
}

/** Takes an erased member out of the records: what was sent is still known, to whom is not. */
export async function forgetInTests(pool: Pool, externalId: string): Promise<void> {
  await inDeed(pool, async (tx, note) => {
    const { rowCount: tests } = await tx.query({
      name: 'test-forget-member',
      text: `UPDATE test_sends SET recipients = (
               SELECT jsonb_agg(CASE WHEN r.value ->> 'externalId' = $1
                 THEN '{"externalId": null, "address": null, "kind": null}' ELSE r.value END ORDER BY r.ordinality)
               FROM jsonb_array_elements(recipients) WITH ORDINALITY r)
             WHERE recipients @> jsonb_build_array(jsonb_build_object('externalId', $1::text))`,
      values: [externalId],
    })
    if (!tests) return
    const subject = { kind: 'member', id: memberPseudonym(externalId) } as const
    note({ deed: 'member.taken_out', subject, detail: { tests } })
  })
}

/** At most `limit`, the oldest first. Returns how many. */
export async function pruneTests(pool: Pool, days: number, limit: number): Promise<number> {
  const { rowCount } = await pool.query({
    name: 'maintenance-prune-tests',
    text: `DELETE FROM test_sends WHERE id IN (
             SELECT id FROM test_sends WHERE sent_at < now() - make_interval(hours => 24 * $1)
             ORDER BY sent_at LIMIT $2 FOR UPDATE SKIP LOCKED)`,
    values: [days, limit],
  })
  return rowCount ?? 0
}

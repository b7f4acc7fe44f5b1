/**
 * Sends a campaign's message to a few named devices, or has FCM validate it only. The campaign does not change, and no result
 * is counted; but it uses quota as any message does, and it is recorded who sent what to whom (test-records.ts).
 */
import { inDeed } from '../audit/note-deeds.ts'
import { advertisingMessage, isKorean } from '../domain/advertising-message.ts'
import type { CampaignState } from '../domain/campaign.ts'
import { expectAdvertiser, type GivenRules } from '../domain/check-send-rules.ts'
import { AppError, toError } from '../domain/errors.ts'
import type { CampaignMessage } from '../domain/message.ts'
import type { Outcome } from '../domain/outcome.ts'
import type { Pool, Queryable } from '../postgres/pool.ts'
import { ProjectError } from '../projects/project.ts'
import { pushMessage } from '../push/push-message.ts'
import type { OpenedProject, Senders } from '../push/senders.ts'
import { expectFinished, WRITTEN, type Written } from './expect-finished.ts'
import { messageHash } from './message-hash.ts'
import { campaignNotFound } from './read-campaigns.ts'
import { SEND_RULES } from './send-rules-sql.ts'
import { obeyPushBack, reserveTest, type TestPiece, waitForPiece } from './test-quota.ts'
import { recordAnswers, recordTest, type TestedText } from './test-records.ts'
import { answerOf, recipientOf, resultsOf, type TestResult } from './test-results.ts'
import { findTargets, type LeftOut, type NamedAddress, type TestTarget } from './test-targets.ts'
import { isBeingCanceled } from './transition.ts'
import { versionConflict } from './version-conflict.ts'

export interface TestDeps {
  pool: Pool
  senders: Senders
  /** The zone of members without one, where the campaign names none. */
  zone: string
  messagesPerCaller: number
}

export interface TestRequest {
  /** Of the record. */
  id: string
  /** A user or an API key. */
  by: string
  /** The kind is told by the form if it is not given. */
  addresses: readonly NamedAddress[]
  externalIds: readonly string[]
  /** FCM checks the message and delivers nothing. */
  validateOnly: boolean
  /** Of the campaign, as the caller has seen it. */
  version: number
}

export interface Test extends TestedText {
  id: string
  results: TestResult[]
}

/** Twenty members may have a hundred devices; a test is not a way to send campaigns. */
const MAX_DEVICES = 100
const DEADLINE_MS = 30_000
/** Invariant 15: who is sent to was looked up at most so long ago. */
const FRESH_MS = 5_000
const TESTABLE: readonly CampaignState[] = ['draft', 'scheduled', 'sending', 'paused']

export async function testCampaign(
  { pool, senders, zone, messagesPerCaller }: TestDeps,
  campaignId: string,
  request: TestRequest,
): Promise<Test> {
  if (request.addresses.length === 0 && request.externalIds.length === 0) {
    throw new AppError('invalid_request', 'A test needs devices: give addresses, externalIds, or both.', {
      fields: [{ field: '/addresses', problem: 'is missing; give addresses, externalIds, or both' }],
    })
  }
  const { id, by, validateOnly, version } = request
  const read = await readCampaignToTest(pool, campaignId, version)
  const { message, projectId, rules, ...text } = read
  const lookedAt = performance.now()
  const { targets, leftOut } = await findTargets(pool, projectId, rules.kind, request)
  if (targets.length > MAX_DEVICES) {
    throw new AppError(
      'invalid_request',
      `These members have ${targets.length} devices; a test is sent to at most ${MAX_DEVICES}. Name fewer members, or name addresses instead.`,
    )
  }
  const project = targets.length === 0 ? null : await openProject(senders, projectId)
  const recipients = [...leftOut.map(({ recipient }) => recipient), ...targets.map(recipientOf)]
  const record = { id, campaignId, ...text, validateOnly, by, size: targets.length, recipients }
  const begun = await inDeed(pool, async (tx, note) => {
    const began = performance.now()
    if (!(await recordTest(tx, record, messagesPerCaller))) return null
    // Rolled back if there is no quota: a test without it was none. The row of the quota is locked for the rest of the transaction.
    const pieces = project === null ? [] : await reserveFor(tx, project, targets.length)
    const detail = { testId: id, seenVersion: version, ...text, devices: targets.length, validateOnly }
    note({ deed: 'campaign.tested', subject: { kind: 'campaign', id: campaignId }, detail })
    return { began, pieces }
  })
  if (begun === null) {
    // It has changed since it was read: this says how.
    await readCampaignToTest(pool, campaignId, version)
    throw campaignNotFound(campaignId)
  }
  const outcomes: (Outcome | undefined)[] = targets.map(() => undefined)
  if (project !== null) {
    const variants = variantsOf(message, rules, rules.defaultZone ?? zone)
    const mayStart = () => performance.now() - lookedAt < FRESH_MS
    try {
      await sendPieces(project, { ...begun, targets, variants, campaignId, validateOnly, mayStart }, outcomes)
    } catch (error) {
      if (outcomes.every((outcome) => outcome === undefined)) {
        await recordAnswers(pool, id, null, 'fcm_not_reachable')
        throw new AppError(
          'fcm_not_reachable',
          `FCM could not be reached: ${toError(error).message} Nothing was sent.`,
          { cause: error },
        )
      }
    }
  }
  const answers = [
    ...leftOut.map(({ answer }: LeftOut) => answer),
    ...targets.map((target, index) => answerOf(target, outcomes[index])),
  ]
  await recordAnswers(pool, id, answers)
  await obeyPushBack(pool, projectId, outcomes)
  return { id, ...text, results: resultsOf(recipients, answers) }
}

async function openProject(senders: Senders, projectId: number): Promise<OpenedProject> {
  try {
    return await senders.open(projectId)
  } catch (error) {
    if (!(error instanceof ProjectError)) throw error
    throw new AppError('project_misconfigured', `${error.message} Nothing was sent.`, { cause: error })
  }
}

function reserveFor(tx: Queryable, { project }: OpenedProject, messages: number): Promise<TestPiece[]> {
  return reserveTest(tx, project.id, project.settings.messagesPerMinute, messages)
}

interface Sending {
  pieces: readonly TestPiece[]
  began: number
  targets: readonly TestTarget[]
  variants: Variants
  campaignId: string
  validateOnly: boolean
  mayStart: () => boolean
}

/** Rejects with the first failure, when all pieces are over. */
async function sendPieces(
  { sender }: OpenedProject,
  { pieces, began, targets, variants, campaignId, validateOnly, mayStart }: Sending,
  outcomes: (Outcome | undefined)[],
): Promise<void> {
  const signal = AbortSignal.timeout(DEADLINE_MS)
  const sends: Promise<void>[] = []
  for (const piece of pieces) {
    await waitForPiece(piece, began)
    const places = targets.keys().toArray().slice(piece.from, piece.to)
    for (const part of partsOf(targets, places, variants)) {
      const send = sender.send(
        {
          message: pushMessage(part.message, campaignId),
          addresses: part.places.map((place) => targets[place] as TestTarget),
          validateOnly,
        },
        {
          signal,
          mayStart,
          report: (index, outcome) => {
            outcomes[part.places[index] as number] = outcome
          },
        },
      )
      // Looked at below: a rejection meanwhile is nobody's accident.
      send.catch(() => undefined)
      sends.push(send)
    }
  }
  const ends = await Promise.allSettled(sends)
  for (const end of ends) if (end.status === 'rejected') throw end.reason
}

interface Variants {
  plain: CampaignMessage
  /** For Korean members. Null: the same. */
  marked: CampaignMessage | null
  defaultZone: string
}

function variantsOf(plain: CampaignMessage, { kind, advertiser }: GivenRules, defaultZone: string): Variants {
  const isPlain = kind === 'service' || advertiser === null
  return { plain, marked: isPlain ? null : advertisingMessage(plain, advertiser), defaultZone }
}

/** As the campaign will be sent: Korean members, and who is nobody here where the default zone is Korea's, get its variant. */
function partsOf(
  targets: readonly TestTarget[],
  places: readonly number[],
  { plain, marked, defaultZone }: Variants,
): { message: CampaignMessage; places: readonly number[] }[] {
  if (marked === null) return [{ message: plain, places }]
  const isMarked = (place: number) => isKorean(targets[place] as TestTarget, defaultZone)
  return [
    { message: marked, places: places.filter(isMarked) },
    { message: plain, places: places.filter((place) => !isMarked(place)) },
  ].filter((part) => part.places.length > 0)
}

/** The message and its version by one statement: what is sent is what was seen. */
async function readCampaignToTest(
  pool: Pool,
  id: string,
  seen: number,
): Promise<TestedText & { message: CampaignMessage; projectId: number; rules: GivenRules }> {
  const { rows } = await pool.query<
    Written &
      GivenRules & {
        message: CampaignMessage
        projectId: number
        version: number
        messageVersion: number
        state: CampaignState
        cancelAt: Date | null
      }
  >(
    `SELECT message, project_id AS "projectId", version, message_version AS "messageVersion", state, cancel_at AS "cancelAt",
       ${SEND_RULES}, ${WRITTEN}
     FROM campaigns WHERE id = $1 AND deleted_at IS NULL`,
    [id],
  )
  if (rows[0] === undefined) throw campaignNotFound(id)
  const { message, projectId, version, messageVersion, state, cancelAt } = rows[0]
  if (!TESTABLE.includes(state)) {
    const allowed = TESTABLE.map((name) => `"${name}"`).join(', ')
    throw new AppError(
      'campaign_not_testable',
      `Campaign ${id} is "${state}" and cannot be tested: its message is not sent any more. Only a campaign that is one of ${allowed} can. Make a new one of it and test that.`,
    )
  }
  if (cancelAt !== null) throw isBeingCanceled('campaign_not_testable', id, cancelAt)
  if (version !== seen) throw versionConflict(id, seen, rows[0])
  expectFinished(id, rows[0], 'tested')
  expectAdvertiser(rows[0])
  return { message, projectId, rules: rows[0], version, messageVersion, messageHash: messageHash(message) }
}

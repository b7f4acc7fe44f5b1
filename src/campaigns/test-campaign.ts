/**
 * Sends a campaign's message to a few named devices, or has FCM validate it only. Nothing is recorded and the campaign
 * does not change; the result has one row for each device with FCM's answer.
 */
import { inDeed } from '../audit/note-deeds.ts'
import { type Address, type AddressKind, kindOf } from '../domain/address.ts'
import { advertisingMessage, isKorean } from '../domain/advertising-message.ts'
import { expectAdvertiser, type GivenRules } from '../domain/check-send-rules.ts'
import { cleanText } from '../domain/clean-text.ts'
import { DELIVERY_CODES, type DeliveryCode } from '../domain/delivery-result.ts'
import { AppError, toError } from '../domain/errors.ts'
import type { CampaignMessage } from '../domain/message.ts'
import type { Outcome } from '../domain/outcome.ts'
import type { Pool } from '../postgres/pool.ts'
import { ProjectError } from '../projects/project.ts'
import { withoutAddress } from '../push/fcm/said-by-fcm.ts'
import { pushMessage } from '../push/push-message.ts'
import type { Senders } from '../push/senders.ts'
import { expectFinished, WRITTEN, type Written } from './expect-finished.ts'
import { messageHash } from './message-hash.ts'
import { campaignNotFound } from './read-campaigns.ts'
import { SEND_RULES } from './send-rules-sql.ts'
import { versionConflict } from './version-conflict.ts'

export interface TestDeps {
  pool: Pool
  senders: Senders
  /** The zone of members without one, where the campaign names none. */
  zone: string
}

export interface TestRequest {
  /** The kind is told by the form if it is not given. */
  addresses: readonly NamedAddress[]
  externalIds: readonly string[]
  /** FCM checks the message and delivers nothing. */
  validateOnly: boolean
  /** Of the campaign, as the caller has seen it. */
  version: number
}

/** What was sent, so that a person can see that it is what was on the screen. */
export interface Test {
  version: number
  messageVersion: number
  messageHash: string
  results: TestResult[]
}

interface TestResult {
  /** The last 8 characters; null for a member without an active device. */
  address: string | null
  kind: AddressKind | null
  externalId: string | null
  outcome: Outcome['kind'] | 'skipped' | 'no_device'
  code: DeliveryCode | null
  meaning: string
  advice: string
  /** In FCM's own words. */
  fcmSaid: string | null
  messageId: string | null
}

interface NamedAddress {
  address: string
  kind?: AddressKind
}

/** Twenty members may have a hundred devices; a test is not a way to send campaigns. */
const MAX_DEVICES = 100
const DEADLINE_MS = 30_000

interface Target extends Address {
  externalId: string | null
  /** Of the member. */
  locale: string | null
  timezone: string | null
}

interface MemberRow {
  external_id: string
  is_opted_out: boolean
  locale: string | null
  timezone: string | null
  addresses: Address[]
}

export async function testCampaign(
  { pool, senders, zone }: TestDeps,
  id: string,
  request: TestRequest,
): Promise<Test> {
  if (request.addresses.length === 0 && request.externalIds.length === 0) {
    throw new AppError('invalid_request', 'A test needs devices: give addresses, externalIds, or both.', {
      fields: [{ field: '/addresses', problem: 'is missing; give addresses, externalIds, or both' }],
    })
  }
  const { message, projectId, rules, ...sent } = await readCampaignToTest(pool, id, request.version)
  const { targets, results } = await findTargets(pool, projectId, request)
  if (targets.length === 0) return { ...sent, results }
  if (targets.length > MAX_DEVICES) {
    throw new AppError(
      'invalid_request',
      `These members have ${targets.length} devices; a test is sent to at most ${MAX_DEVICES}. Name fewer members, or name addresses instead.`,
    )
  }
  // Before they leave: of a test that breaks off it is known that it was begun.
  await inDeed(pool, async (_tx, note) => {
    const { validateOnly } = request
    const detail = { seenVersion: request.version, ...sent, devices: targets.length, validateOnly }
    note({ deed: 'campaign.tested', subject: { kind: 'campaign', id }, detail })
  })
  const outcomes: (Outcome | undefined)[] = targets.map(() => undefined)
  try {
    const { sender } = await senders.open(projectId)
    const signal = AbortSignal.timeout(DEADLINE_MS)
    const parts = partsOf(targets, message, rules, rules.defaultZone ?? zone).map((part) =>
      sender.send(
        {
          message: pushMessage(part.message, id),
          addresses: part.places.map((place) => targets[place] as Target),
          validateOnly: request.validateOnly,
        },
        {
          signal,
          report: (index, outcome) => {
            outcomes[part.places[index] as number] = outcome
          },
        },
      ),
    )
    const ends = await Promise.allSettled(parts)
    for (const end of ends) if (end.status === 'rejected') throw end.reason
  } catch (error) {
    if (error instanceof ProjectError) {
      throw new AppError('project_misconfigured', `${error.message} Nothing was sent.`, { cause: error })
    }
    throw new AppError(
      'fcm_not_reachable',
      `FCM could not be reached: ${toError(error).message} Nothing was sent.`,
      { cause: error },
    )
  }
  return {
    ...sent,
    results: [...results, ...targets.map((target, index) => resultOf(target, outcomes[index]))],
  }
}

/** As the campaign will be sent: Korean members, and who is nobody here where the default zone is Korea's, get its variant. */
function partsOf(
  targets: readonly Target[],
  message: CampaignMessage,
  { kind, advertiser }: GivenRules,
  defaultZone: string,
): { message: CampaignMessage; places: number[] }[] {
  const all = targets.keys().toArray()
  if (kind === 'service' || advertiser === null) return [{ message, places: all }]
  const isMarked = (place: number) => isKorean(targets[place] as Target, defaultZone)
  return [
    { message: advertisingMessage(message, advertiser), places: all.filter(isMarked) },
    { message, places: all.filter((place) => !isMarked(place)) },
  ].filter(({ places }) => places.length > 0)
}

/** The message and its version by one statement: what is sent is what was seen. */
async function readCampaignToTest(
  pool: Pool,
  id: string,
  seen: number,
): Promise<Omit<Test, 'results'> & { message: CampaignMessage; projectId: number; rules: GivenRules }> {
  const { rows } = await pool.query<
    Written &
      GivenRules & { message: CampaignMessage; projectId: number; version: number; messageVersion: number }
  >(
    `SELECT message, project_id AS "projectId", version, message_version AS "messageVersion", ${SEND_RULES}, ${WRITTEN}
     FROM campaigns WHERE id = $1 AND deleted_at IS NULL`,
    [id],
  )
  if (rows[0] === undefined) throw campaignNotFound(id)
  const { message, projectId, version, messageVersion } = rows[0]
  if (version !== seen) throw versionConflict(id, seen, rows[0])
  expectFinished(id, rows[0], 'tested')
  expectAdvertiser(rows[0])
  return { message, projectId, rules: rows[0], version, messageVersion, messageHash: messageHash(message) }
}

interface Owner {
  locale: string | null
  timezone: string | null
}

/** Of the addresses that are known here: whose they are decides which variant is sent. */
async function findOwners(
  pool: Pool,
  projectId: number,
  addresses: readonly string[],
): Promise<Map<string, Owner>> {
  if (addresses.length === 0) return new Map()
  const { rows } = await pool.query<Owner & { address: string }>(
    `SELECT d.address, m.locale, m.timezone FROM devices d JOIN members m ON m.id = d.member_id
     WHERE d.address = ANY($1::text[]) AND d.project_id = $2`,
    [addresses, projectId],
  )
  return new Map(rows.map(({ address, ...owner }) => [address, owner]))
}

/** Members who opted out get no test, unless their device is named by its address. Consents and the night are not asked for. */
async function findTargets(
  pool: Pool,
  projectId: number,
  { addresses, externalIds }: TestRequest,
): Promise<{ targets: Target[]; results: TestResult[] }> {
  const named = new Map(
    addresses.map(({ address, kind }) => [cleanText(address), kind ?? kindOf(cleanText(address))]),
  )
  const ids = [...new Set(externalIds.map(cleanText))]
  const owners = await findOwners(pool, projectId, [...named.keys()])
  const targets: Target[] = [...named].map(([address, kind]) => {
    const { locale = null, timezone = null } = owners.get(address) ?? {}
    return { address, kind, externalId: null, locale, timezone }
  })
  const results: TestResult[] = []
  const { rows } = await pool.query<MemberRow>(
    `SELECT m.external_id, m.locale, m.timezone, m.opted_out_at IS NOT NULL AS is_opted_out,
       coalesce(jsonb_agg(jsonb_build_object('address', d.address, 'kind', d.kind) ORDER BY d.id)
         FILTER (WHERE d.id IS NOT NULL), '[]') AS addresses
     FROM members m LEFT JOIN devices d ON d.member_id = m.id AND d.project_id = $2 AND d.state = 'active'
     WHERE m.external_id = ANY($1::text[]) GROUP BY m.id`,
    [ids, projectId],
  )
  const members = new Map(rows.map((row) => [row.external_id, row]))
  for (const externalId of ids) {
    const member = members.get(externalId)
    if (member === undefined || member.addresses.length === 0) {
      results.push({ ...NO_DEVICE, externalId })
    } else if (member.is_opted_out) {
      results.push({ ...OPTED_OUT, externalId })
    } else {
      for (const one of member.addresses) {
        const { locale, timezone } = member
        if (!named.has(one.address)) targets.push({ ...one, externalId, locale, timezone })
      }
    }
  }
  return { targets, results }
}

const NO_DEVICE = {
  address: null,
  kind: null,
  outcome: 'no_device',
  code: null,
  meaning: 'There is no member with this externalId, or none of its devices is active.',
  advice: 'Check the externalId, or register a device first.',
  fcmSaid: null,
  messageId: null,
} as const satisfies Omit<TestResult, 'externalId'>

const OPTED_OUT = {
  address: null,
  kind: null,
  outcome: 'skipped',
  code: 'opted_out',
  meaning: DELIVERY_CODES.opted_out.meaning,
  advice: 'To send the test anyway, name the device by its address.',
  fcmSaid: null,
  messageId: null,
} as const satisfies Omit<TestResult, 'externalId'>

function resultOf({ address, kind, externalId }: Target, outcome: Outcome | undefined): TestResult {
  // The sender reports every message that it attempted: without a report, the message was not sent.
  const code = outcome === undefined ? 'connection_failed' : outcome.kind === 'sent' ? 'ok' : outcome.code
  const { meaning, advice } = DELIVERY_CODES[code]
  const said = saidOf(outcome, address)
  return {
    address: address.slice(-8),
    kind,
    externalId,
    outcome: outcome?.kind ?? 'retry_later',
    code,
    meaning: outcome?.kind === 'blocked' ? `${meaning} ${said}` : meaning,
    advice,
    fcmSaid: said,
    messageId: outcome?.kind === 'sent' ? outcome.messageId : null,
  }
}

function saidOf(outcome: Outcome | undefined, address: string): string | null {
  if (outcome === undefined || !('detail' in outcome) || outcome.detail === undefined) return null
  return withoutAddress(outcome.detail, address)
}

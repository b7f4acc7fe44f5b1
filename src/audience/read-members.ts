/**
 * Reads members and their devices. The list walks the unique index of `external_id`, which is in byte order: all ids with
 * one prefix are adjacent, so the cost of a page does not depend on the number of members.
 *
 * A search is answered from that index as well: an id that begins as it was typed, or in lower or upper case. Only if there is
 * none are all ids read, for the text anywhere in them and in any case. An index for that (trigrams, or lower case) would make
 * each import slower, for a question that is asked a few times a day; so that reading is limited in time.
 */
import pLimit from 'p-limit'
import type { AddressKind } from '../domain/address.ts'
import type { Platform } from '../domain/campaign.ts'
import { cleanText } from '../domain/clean-text.ts'
import { DELIVERY_CODES, type DeliveryCode, deliveryCodeOf } from '../domain/delivery-result.ts'
import { AppError } from '../domain/errors.ts'
import { inTransaction, type Pool } from '../postgres/pool.ts'
import { CONSENT_NAMES, type Consent, memberNotFound, nameOf } from './change-member.ts'

export interface MemberView {
  externalId: string
  locale: string | null
  timezone: string | null
  optedOut: boolean
  /** Active and gone ones, of all projects. */
  devices: number
  createdAt: Date
}

interface MemberDevice {
  deviceId: string
  platform: Platform
  /** The last 8 characters. */
  address: string
  kind: AddressKind
  state: 'active' | 'gone'
  lastSeenAt: Date
  goneAt: Date | null
  goneCode: DeliveryCode | null
  goneMeaning: string | null
}

/** How consent came here. `person`: someone entered it, in the console or through the API. */
export const CONSENT_SOURCES = ['registration', 'import', 'person'] as const
export type ConsentSource = (typeof CONSENT_SOURCES)[number]

/** `source`: null if nothing was ever said. */
interface KnownConsent extends Consent {
  source: ConsentSource | null
  by: string | null
  byName: string | null
}

export interface MemberDetail extends MemberView {
  attributes: Record<string, unknown>
  /** The statement that decides whether the member is opted out: when it was made. Null: none with a time is known. */
  consentAt: Date | null
  consentSource: ConsentSource | null
  /** A user or an API key. The name is null if it no longer exists. */
  consentBy: string | null
  consentByName: string | null
  consents: Record<(typeof CONSENT_NAMES)[number], KnownConsent>
  /** The last change by a person, when it was recorded. */
  editedAt: Date | null
  editedBy: string | null
  editedByName: string | null
  deviceList: MemberDevice[]
}

/** Only test accounts have more. */
const MAX_DEVICES_SHOWN = 200

interface MemberSearch {
  /** In any spelling that a registration takes. */
  search?: string | undefined
  /** The last externalId of the previous page, and whether that one was found within the ids. */
  after?: string | undefined
  isWithin?: boolean | undefined
}

interface MemberPage {
  members: MemberView[]
  /** No id begins with the text: these have it somewhere. */
  isWithin: boolean
}

/**
 * In order of externalId. The text of a search is the beginning of it, or if there is none, any part; or a complete address,
 * which finds the member who has it in the project.
 */
export async function listMembers(
  pool: Pool,
  projectId: number,
  limit: number,
  { search: asked = '', after = '', isWithin = false }: MemberSearch,
): Promise<MemberPage> {
  const search = cleanText(asked)
  if (search !== '' && after === '') {
    const { rows } = await pool.query<MemberView>({
      name: 'member-of-address',
      text: OF_ADDRESS,
      values: [search, projectId],
    })
    if (rows.length > 0) return { members: rows, isWithin }
  }
  if (!isWithin) {
    const { rows } = await pool.query<MemberView>({
      name: 'list-members',
      text: LIST_MEMBERS,
      values: [casesOf(search), after, limit],
    })
    if (rows.length > 0 || search === '' || after !== '') return { members: rows, isWithin }
  }
  return { members: await findWithin(pool, search, after, limit), isWithin: true }
}

/** As people write ids: a program wrote them all in one case. Of different first bytes, so no id is found twice. */
function casesOf(search: string): string[] {
  const lower = search.toLowerCase()
  const capitalized = search.slice(0, 1).toUpperCase() + lower.slice(1)
  return [...new Set([search, lower, search.toUpperCase(), capitalized])]
}

const WITHIN_MS = 3_000
/** It reads all ids, in one process of PostgreSQL each. */
const withinOneAtATime = pLimit(1)

async function findWithin(pool: Pool, search: string, after: string, limit: number): Promise<MemberView[]> {
  const find = () =>
    inTransaction(
      pool,
      (tx) => tx.query<MemberView>(FIND_WITHIN, [search, after, limit]),
      `SET LOCAL statement_timeout = ${WITHIN_MS}`,
    )
  const { rows } = await withinOneAtATime(find).catch((error: unknown) => {
    throw (error as { code?: unknown } | null)?.code === QUERY_CANCELED ? tooMany(search, error) : error
  })
  return rows
}

/** SQLSTATE. */
const QUERY_CANCELED = '57014'

function tooMany(search: string, cause: unknown): AppError {
  return new AppError(
    'search_too_slow',
    `No externalId begins with ${JSON.stringify(search.slice(0, 60))}, and there are too many members to look for it within the ids: that was stopped after ${WITHIN_MS / 1000} s. Search for the beginning, or a whole address.`,
    { retryAfterSeconds: 30, cause },
  )
}

export async function readMember(pool: Pool, externalId: string): Promise<MemberDetail> {
  const { rows } = await pool.query<
    Omit<MemberDetail, 'deviceList' | 'consents'> & { id: number } & Record<string, unknown>
  >({
    name: 'read-member',
    text: `SELECT m.id, ${SHOWN}, ${DETAILS} FROM members m WHERE m.external_id = $1`,
    values: [externalId],
  })
  const row = rows[0]
  if (row === undefined) throw memberNotFound(externalId)
  const { id, ...member } = row
  const consents = Object.fromEntries(CONSENT_NAMES.map((name) => [name, consentOf(row, name)]))
  return {
    ...member,
    consents: consents as MemberDetail['consents'],
    deviceList: await readDevices(pool, id),
  }
}

const CONSENT_FIELDS = ['since', 'saidAt', 'source', 'by', 'byName'] as const

function consentOf(row: Record<string, unknown>, name: string): KnownConsent {
  const fields = CONSENT_FIELDS.map((field) => [field, row[`${name}.${field}`]])
  return Object.fromEntries(fields) as unknown as KnownConsent
}

async function readDevices(pool: Pool, memberId: number): Promise<MemberDevice[]> {
  const { rows } = await pool.query<Omit<MemberDevice, 'goneCode' | 'goneMeaning'> & { code: number | null }>(
    {
      name: 'read-devices',
      text: `SELECT id::text AS "deviceId", platform, right(address, 8) AS address, kind, state, last_seen_at AS "lastSeenAt",
             gone_at AS "goneAt", gone_code AS code
           FROM devices WHERE member_id = $1 ORDER BY last_seen_at DESC, id DESC LIMIT $2`,
      values: [memberId, MAX_DEVICES_SHOWN],
    },
  )
  return rows.map(({ code, ...device }) => {
    const goneCode = code === null ? null : deliveryCodeOf(code)
    return { ...device, goneCode, goneMeaning: goneCode === null ? null : DELIVERY_CODES[goneCode].meaning }
  })
}

const SHOWN = `m.external_id AS "externalId", m.locale, m.timezone, m.opted_out_at IS NOT NULL AS "optedOut",
  (SELECT count(*) FROM devices d WHERE d.member_id = m.id) AS devices, m.created_at AS "createdAt"`

const OF_ADDRESS = `SELECT ${SHOWN} FROM members m WHERE m.id = (
  SELECT member_id FROM devices WHERE address = $1 AND project_id = $2)`
const consentSql = (
  name: string,
) => `m.${name}_consent_at AS "${name}.since", m.${name}_said_at AS "${name}.saidAt",
  m.${name}_source AS "${name}.source", m.${name}_by AS "${name}.by", ${nameOf(`m.${name}_by`)} AS "${name}.byName"`
const DETAILS = `m.attributes, m.consent_at AS "consentAt", m.consent_source AS "consentSource", m.consent_by AS "consentBy",
  ${nameOf('m.consent_by')} AS "consentByName", ${CONSENT_NAMES.map(consentSql).join(', ')}, m.edited_at AS "editedAt", m.edited_by AS "editedBy",
  ${nameOf('m.edited_by')} AS "editedByName"`

/**
 * $1 prefixes, $2 last id of the previous page, $3 rows. Every id with a prefix sorts before the prefix followed by the
 * highest Unicode character. The conditions are separate so that each is a bound of the index scan; otherwise a prefix with
 * few members would be searched for up to the end of the table.
 */
export const LIST_MEMBERS = `
SELECT ${SHOWN} FROM (
  SELECT x.* FROM unnest($1::text[]) AS p (prefix) CROSS JOIN LATERAL (
    SELECT * FROM members
    WHERE external_id >= p.prefix AND external_id > $2 AND external_id < p.prefix || U&'\\+10FFFF'
    ORDER BY external_id LIMIT $3) x
  ORDER BY x.external_id LIMIT $3) m
ORDER BY m.external_id`

/** $1 text, $2 last id of the previous page, $3 rows. Reads the index alone; "C" would fold ASCII only. */
const FIND_WITHIN = `
SELECT ${SHOWN} FROM (
  SELECT external_id FROM members
  WHERE external_id > $2 AND strpos(lower(external_id COLLATE "default"), lower($1 COLLATE "default")) > 0
  ORDER BY external_id LIMIT $3) x
JOIN members m ON m.external_id = x.external_id
ORDER BY m.external_id`

/**
 * Reads members and their devices. The list walks the unique index of `external_id`, which is in byte order: all ids with
 * one prefix are adjacent, so the cost of a page does not depend on the number of members.
 */
import type { AddressKind } from '../domain/address.ts'
import type { Platform } from '../domain/campaign.ts'
import { cleanText } from '../domain/clean-text.ts'
import { DELIVERY_CODES, type DeliveryCode, deliveryCodeOf } from '../domain/delivery-result.ts'
import type { Pool } from '../postgres/pool.ts'
import { memberNotFound, nameOf } from './change-member.ts'

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

export interface MemberDetail extends MemberView {
  attributes: Record<string, unknown>
  /** The statement that decides whether the member is opted out: when it was made. Null: none with a time is known. */
  consentAt: Date | null
  consentSource: ConsentSource | null
  /** A user or an API key. The name is null if it no longer exists. */
  consentBy: string | null
  consentByName: string | null
  /** The last change by a person, when it was recorded. */
  editedAt: Date | null
  editedBy: string | null
  editedByName: string | null
  deviceList: MemberDevice[]
}

/** Only test accounts have more. */
const MAX_DEVICES_SHOWN = 200

/**
 * In order of externalId. `search`, in any spelling that a registration takes, is a prefix of it, or a complete address,
 * which finds the member who has it in the project; `after` is the last externalId of the previous page.
 */
export async function listMembers(
  pool: Pool,
  projectId: number,
  limit: number,
  { search: asked = '', after = '' }: { search?: string | undefined; after?: string | undefined },
): Promise<MemberView[]> {
  const search = cleanText(asked)
  if (search !== '' && after === '') {
    const { rows } = await pool.query<MemberView>({
      name: 'member-of-address',
      text: OF_ADDRESS,
      values: [search, projectId],
    })
    if (rows.length > 0) return rows
  }
  const { rows } = await pool.query<MemberView>({
    name: 'list-members',
    text: LIST_MEMBERS,
    values: [search, after, limit],
  })
  return rows
}

export async function readMember(pool: Pool, externalId: string): Promise<MemberDetail> {
  const { rows } = await pool.query<Omit<MemberDetail, 'deviceList'> & { id: number }>({
    name: 'read-member',
    text: `SELECT m.id, ${SHOWN}, ${DETAILS} FROM members m WHERE m.external_id = $1`,
    values: [externalId],
  })
  const row = rows[0]
  if (row === undefined) throw memberNotFound(externalId)
  const { id, ...member } = row
  return { ...member, deviceList: await readDevices(pool, id) }
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
const DETAILS = `m.attributes, m.consent_at AS "consentAt", m.consent_source AS "consentSource", m.consent_by AS "consentBy",
  ${nameOf('m.consent_by')} AS "consentByName", m.edited_at AS "editedAt", m.edited_by AS "editedBy",
  ${nameOf('m.edited_by')} AS "editedByName"`

/**
 * $1 prefix, $2 last id of the previous page, $3 rows. Every id with the prefix sorts before the prefix followed by the
 * highest Unicode character. The conditions are separate so that each is a bound of the index scan; otherwise a prefix with
 * few members would be searched for up to the end of the table.
 */
export const LIST_MEMBERS = `
SELECT ${SHOWN} FROM members m
WHERE m.external_id >= $1 AND m.external_id > $2 AND m.external_id < $1 || U&'\\+10FFFF'
ORDER BY m.external_id LIMIT $3`

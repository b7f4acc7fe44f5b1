/** Whom a test goes to, and who is left out of it, by name. */
import { type Address, kindOf } from '../domain/address.ts'
import type { GivenRules } from '../domain/check-send-rules.ts'
import { cleanText } from '../domain/clean-text.ts'
import type { Pool } from '../postgres/pool.ts'
import type { TestAnswer, TestRecipient } from './test-records.ts'

export interface NamedAddress extends Partial<Pick<Address, 'kind'>> {
  address: string
}

export interface TestTarget extends Address {
  /** Null: the address is nobody's here. */
  externalId: string | null
  /** Of the member. */
  locale: string | null
  timezone: string | null
}

export interface LeftOut {
  recipient: TestRecipient
  answer: TestAnswer
}

interface Asked {
  addresses: readonly NamedAddress[]
  externalIds: readonly string[]
  /** Nobody is left out: nothing is delivered. */
  validateOnly: boolean
}

interface Member {
  externalId: string
  isOptedOut: boolean
  hasConsent: boolean
  locale: string | null
  timezone: string | null
}

/**
 * A member who has opted out gets no test, and none of an advertisement without consent to advertising, whether it is named
 * by its id or by the address of its device. The night is not asked for: somebody is waiting for the test. Nothing is known of
 * an address that is not registered here.
 */
export async function findTargets(
  pool: Pool,
  projectId: number,
  kind: GivenRules['kind'],
  { addresses, externalIds, validateOnly }: Asked,
): Promise<{ targets: TestTarget[]; leftOut: LeftOut[] }> {
  const named = new Map(
    addresses.map(({ address, kind: given }) => [cleanText(address), given ?? kindOf(cleanText(address))]),
  )
  const refusalOf = ({ isOptedOut, hasConsent }: Member) => {
    if (validateOnly) return null
    if (isOptedOut) return 'opted_out' as const
    return kind === 'advertising' && !hasConsent ? ('no_consent' as const) : null
  }
  const targets: TestTarget[] = []
  const leftOut: LeftOut[] = []
  const owners = await findOwners(pool, projectId, [...named.keys()])
  for (const [address, addressKind] of named) {
    const owner = owners.get(address)
    const refusal = owner === undefined ? null : refusalOf(owner)
    const { externalId = null, locale = null, timezone = null } = owner ?? {}
    if (refusal === null) targets.push({ address, kind: addressKind, externalId, locale, timezone })
    else {
      const recipient = { externalId, address: address.slice(-8), kind: addressKind }
      leftOut.push({ recipient, answer: { ...NOT_SENT, outcome: 'skipped', code: refusal } })
    }
  }
  const ids = [...new Set(externalIds.map(cleanText))]
  const members = await findMembers(pool, projectId, ids)
  for (const externalId of ids) {
    const member = members.get(externalId)
    const recipient = { externalId, address: null, kind: null }
    if (member === undefined || member.addresses.length === 0) {
      leftOut.push({ recipient, answer: { ...NOT_SENT, outcome: 'no_device', code: null } })
      continue
    }
    const refusal = refusalOf(member)
    if (refusal !== null) {
      leftOut.push({ recipient, answer: { ...NOT_SENT, outcome: 'skipped', code: refusal } })
      continue
    }
    const { locale, timezone } = member
    for (const one of member.addresses) {
      if (!named.has(one.address)) targets.push({ ...one, externalId, locale, timezone })
    }
  }
  return { targets, leftOut }
}

const NOT_SENT = { fcmSaid: null, messageId: null } as const

const MEMBER = `m.external_id AS "externalId", m.opted_out_at IS NOT NULL AS "isOptedOut",
  m.marketing_consent_at IS NOT NULL AS "hasConsent", m.locale, m.timezone`

async function findOwners(
  pool: Pool,
  projectId: number,
  addresses: readonly string[],
): Promise<Map<string, Member>> {
  if (addresses.length === 0) return new Map()
  const { rows } = await pool.query<Member & { address: string }>(
    `SELECT d.address, ${MEMBER} FROM devices d JOIN members m ON m.id = d.member_id
     WHERE d.address = ANY($1::text[]) AND d.project_id = $2`,
    [addresses, projectId],
  )
  return new Map(rows.map(({ address, ...owner }) => [address, owner]))
}

async function findMembers(
  pool: Pool,
  projectId: number,
  externalIds: readonly string[],
): Promise<Map<string, Member & { addresses: Address[] }>> {
  if (externalIds.length === 0) return new Map()
  const { rows } = await pool.query<Member & { addresses: Address[] }>(
    `SELECT ${MEMBER},
       coalesce(jsonb_agg(jsonb_build_object('address', d.address, 'kind', d.kind) ORDER BY d.id)
         FILTER (WHERE d.id IS NOT NULL), '[]') AS addresses
     FROM members m LEFT JOIN devices d ON d.member_id = m.id AND d.project_id = $2 AND d.state = 'active'
     WHERE m.external_id = ANY($1::text[]) GROUP BY m.id`,
    [externalIds, projectId],
  )
  return new Map(rows.map((row) => [row.externalId, row]))
}

/**
 * What a closed campaign can be resent to: its devices without the message, by state and by reason, and who of them could be
 * reached now.
 *
 * The counts come from the partial index of what was not sent: their cost grows with those devices and not with the audience.
 * Who is active now is a look-up for each device, so it is counted for the smaller reasons only, `lookedUp` devices together,
 * and for no longer than `timeoutMs`; of the others it is null.
 */
import type { CampaignState, Resent } from '../domain/campaign.ts'
import { DELIVERY_STATES, type DeliveryCode, deliveryCodeOf } from '../domain/delivery-result.ts'
import { inTransaction, isTooSlow, type Pool, type Queryable } from '../postgres/pool.ts'
import { campaignNotFound } from './read-campaigns.ts'
import { notResendable } from './resend-campaign.ts'
import {
  ACTIVE_DEVICE,
  isAddressDead,
  numbersOf,
  readRemains,
  readResends,
  takenBy,
  WAS_LEFT_OUT,
} from './resend-choice.ts'

interface ResendReason {
  code: DeliveryCode
  devices: number
  /** Of them, those that are active now. Null: too many to be counted. */
  active: number | null
  /** FCM knows the address as dead: such devices are left out unless they are named. */
  isAddressDead: boolean
  /** The resend that has these devices. */
  resentBy: string | null
}

interface ResendChoice {
  only: Resent
  devices: number
  active: number | null
  /** The resend that has the canceled devices, which have no codes; null for the others. */
  resentBy: string | null
  /** Most frequent first. */
  codes: ResendReason[]
}

export interface ResendOptions {
  asOf: Date
  /** For the If-Match of the resend. */
  version: number
  /** States that no device has are left out. Empty if nothing is left, or if the results were deleted. */
  choices: ResendChoice[]
}

interface CountLimits {
  lookedUp: number
  timeoutMs: number
}

const LIMITS: CountLimits = { lookedUp: 100_000, timeoutMs: 2_000 }

export async function readResendOptions(
  pool: Pool,
  originId: string,
  limits: CountLimits = LIMITS,
): Promise<ResendOptions> {
  const { asOf, version, choices } = await inTransaction(
    pool,
    (tx) => readCounts(tx, originId),
    'SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY',
  )
  const counted = await countActive(pool, originId, choices, limits)
  return {
    asOf,
    version,
    choices: choices.map((choice) => {
      if (choice.only === 'canceled') return { ...choice, active: counted.get('canceled') ?? null }
      const codes = choice.codes.map((reason) => ({ ...reason, active: counted.get(reason.code) ?? null }))
      const isKnown = codes.every(({ active }) => active !== null)
      return {
        ...choice,
        codes,
        active: isKnown ? codes.reduce((sum, { active }) => sum + (active ?? 0), 0) : null,
      }
    }),
  }
}

const RECORDED = ['failed', 'in_doubt'] as const
const RECORDED_NUMBERS = RECORDED.map((state) => DELIVERY_STATES[state].number).join(', ')

interface Origin {
  asOf: Date
  version: number
  state: CampaignState
  isClosed: boolean
}

async function readCounts(tx: Queryable, originId: string): Promise<ResendOptions> {
  const { rows: found } = await tx.query<Origin>({
    name: 'resend-options',
    text: `SELECT now() AS "asOf", version, state, closed_at IS NOT NULL AS "isClosed" FROM campaigns
           WHERE id = $1 AND deleted_at IS NULL`,
    values: [originId],
  })
  if (found[0] === undefined) throw campaignNotFound(originId)
  const { asOf, version, state, isClosed } = found[0]
  if (!isClosed) throw notResendable(originId, state)
  const { devices: canceled, hasResults } = await readRemains(tx, originId, 'canceled')
  if (!hasResults) return { asOf, version, choices: [] }
  const { rows } = await tx.query<{ state: number; code: number; devices: number }>({
    name: 'resend-reasons',
    text: `SELECT state, code, count(*)::int AS devices FROM deliveries
           WHERE campaign_id = $1 AND state IN (${RECORDED_NUMBERS}) GROUP BY state, code ORDER BY devices DESC, code`,
    values: [originId],
  })
  const choices: ResendChoice[] = []
  for (const only of RECORDED) {
    const taken = takenBy(await readResends(tx, originId, only), only)
    const codes = rows
      .filter(({ state }) => state === DELIVERY_STATES[only].number)
      .map(({ code: number, devices }): ResendReason => {
        const code = deliveryCodeOf(number)
        return {
          code,
          devices,
          active: null,
          isAddressDead: isAddressDead(code),
          resentBy: taken.get(code) ?? null,
        }
      })
    const devices = codes.reduce((sum, reason) => sum + reason.devices, 0)
    if (devices > 0) choices.push({ only, devices, active: null, resentBy: null, codes })
  }
  if (canceled > 0) {
    const [resend] = await readResends(tx, originId, 'canceled')
    choices.push({
      only: 'canceled',
      devices: canceled,
      active: null,
      resentBy: resend?.id ?? null,
      codes: [],
    })
  }
  return { asOf, version, choices }
}

type Key = DeliveryCode | 'canceled'
type Group = { key: Key; devices: number }

/** By code, and `canceled`: the smallest groups first. What is missing was too much. */
async function countActive(
  pool: Pool,
  originId: string,
  choices: readonly ResendChoice[],
  { lookedUp, timeoutMs }: CountLimits,
): Promise<Map<Key, number>> {
  const groups = choices.flatMap(({ only, devices, codes }): Group[] =>
    only === 'canceled'
      ? [{ key: only, devices }]
      : codes.map(({ code, devices: n }) => ({ key: code, devices: n })),
  )
  let sum = 0
  const small = groups
    .toSorted((a, b) => a.devices - b.devices)
    .filter(({ devices }) => {
      sum += devices
      return sum <= lookedUp
    })
  if (small.length === 0) return new Map()
  const codes = small.flatMap(({ key }) => (key === 'canceled' ? [] : [key]))
  const counted = new Map<Key, number>(small.map(({ key }) => [key, 0]))
  try {
    await inTransaction(
      pool,
      async (tx) => {
        const byCode = await tx.query<{ code: number; active: number }>({
          name: 'resend-active-by-code',
          text: ACTIVE_BY_CODE,
          values: [originId, numbersOf(codes)],
        })
        for (const { code, active } of byCode.rows) counted.set(deliveryCodeOf(code), active)
        if (!counted.has('canceled')) return
        const canceled = await tx.query<{ active: number }>({
          name: 'resend-active-canceled',
          text: ACTIVE_CANCELED,
          values: [originId],
        })
        counted.set('canceled', canceled.rows[0]?.active ?? 0)
      },
      // Compiling these statements takes longer than running them.
      `SET LOCAL statement_timeout = ${Math.round(timeoutMs)}; SET LOCAL jit = off`,
    )
  } catch (error) {
    if (isTooSlow(error)) return new Map()
    throw error
  }
  return counted
}

/** $1 campaign, $2 codes. OFFSET 0: results first, each then looks for its device, and not all devices for their results. */
const ACTIVE_BY_CODE = `
SELECT k.code, count(*)::int AS active
FROM unnest($2::smallint[]) AS k (code)
CROSS JOIN LATERAL (
  SELECT device_id AS id FROM deliveries
  WHERE campaign_id = $1 AND state IN (${RECORDED_NUMBERS}) AND code = k.code OFFSET 0) i
CROSS JOIN LATERAL (${ACTIVE_DEVICE}) d
GROUP BY k.code`

/** $1 campaign. */
const ACTIVE_CANCELED = `
SELECT count(*)::int AS active
FROM (
  SELECT i.id FROM batches b CROSS JOIN LATERAL unnest(b.device_ids) AS i (id)
  WHERE b.campaign_id = $1 AND NOT ${WAS_LEFT_OUT} AND b.state = 'canceled' AND b.canceled > 0
    AND NOT EXISTS (SELECT FROM deliveries x WHERE x.campaign_id = $1 AND x.device_id = i.id) OFFSET 0) i
CROSS JOIN LATERAL (${ACTIVE_DEVICE}) d`

/**
 * Which devices of a closed campaign a resend goes to: those with one state, and of the failed and those in doubt the
 * reasons (codes) that were chosen. What is chosen is stored as a list of codes, also when nothing was said: a list means the
 * same devices for ever, whatever codes Carillon learns later and whichever are dead addresses by then.
 *
 * No device is in two resends of one campaign: each code belongs to one of them. Call these with the origin locked
 * (resend-campaign.ts), so that two resends at once see each other.
 */
import type { Resent } from '../domain/campaign.ts'
import {
  codesOf,
  DELIVERY_CODES,
  DELIVERY_STATES,
  type DeliveryCode,
  deliveryCodeOf,
} from '../domain/delivery-result.ts'
import { AppError } from '../domain/errors.ts'
import { addCounts } from '../postgres/delivery-counts.ts'
import type { Queryable } from '../postgres/pool.ts'

export const LABELS = { failed: 'failed', in_doubt: 'in-doubt', canceled: 'canceled' } as const

/** Null: the canceled devices, which have no code. */
export type ChosenCodes = readonly DeliveryCode[] | null

export const numbersOf = (codes: readonly DeliveryCode[]) => codes.map((code) => DELIVERY_CODES[code].number)

/** A registration brings such a device back; until then FCM refuses it, and each refusal counts against the quota. */
export const isAddressDead = (code: DeliveryCode) => DELIVERY_CODES[code].class === 'dead_address'

/**
 * The codes that a resend goes to. `asked`: undefined takes all that were not resent yet, without dead addresses. Throws
 * `campaign_already_resent` if a code of them was resent, and `nothing_to_resend` if no device has one.
 */
export async function chooseCodes(
  db: Queryable,
  originId: string,
  only: Resent,
  asked: readonly DeliveryCode[] | undefined,
): Promise<ChosenCodes> {
  const earlier = await readResends(db, originId, only)
  if (only === 'canceled') {
    const [resend] = earlier
    if (resend !== undefined) throw alreadyResent(originId, only, [], resend.id)
    return null
  }
  const taken = takenBy(earlier, only)
  const overlap = asked?.find((code) => taken.has(code))
  if (asked !== undefined && overlap !== undefined) {
    const resendId = taken.get(overlap) as string
    throw alreadyResent(
      originId,
      only,
      asked.filter((code) => taken.get(code) === resendId),
      resendId,
    )
  }
  const present = await findPresent(db, originId, only)
  const chosen = present.filter((code) => asked?.includes(code) ?? !(taken.has(code) || isAddressDead(code)))
  if (chosen.length > 0) return chosen
  if (asked !== undefined) {
    throw nothingToResend(
      originId,
      `has no ${LABELS[only]} devices with the code ${asked.join(' or ')}. GET /v1/campaigns/${originId}/resend-options lists those that it has.`,
    )
  }
  const left = present.filter((code) => !taken.has(code))
  const [last] = present.map((code) => taken.get(code)).filter((id) => id !== undefined)
  if (left.length === 0 && last !== undefined) throw alreadyResent(originId, only, [], last)
  throw nothingToResend(
    originId,
    `has no ${LABELS[only]} devices left but those whose address is dead (${left.join(', ')}), which FCM would refuse again. To send to those that have registered since, name these "codes".`,
  )
}

/** Throws if codes are named that a device with this result cannot have. */
export function checkCodes(only: Resent, codes: readonly DeliveryCode[] | undefined): void {
  if (codes === undefined) return
  const known: readonly DeliveryCode[] = only === 'canceled' ? [] : codesOf(only)
  const wrong = codes.findIndex((code) => !known.includes(code))
  if (wrong < 0) return
  const detail =
    only === 'canceled'
      ? 'Canceled devices have no code: leave "codes" out.'
      : `"codes" has "${codes[wrong]}", which no ${LABELS[only]} device can have. Those are ${known.join(', ')}.`
  throw new AppError('invalid_request', detail, {
    fields: [{ field: `/codes/${wrong}`, problem: `is no code of the state "${only}"` }],
  })
}

interface EarlierResend {
  id: string
  /** Null: all codes. */
  codes: number[] | null
}

/** The resends of the devices with this result, oldest first. */
export async function readResends(db: Queryable, originId: string, only: Resent): Promise<EarlierResend[]> {
  const { rows } = await db.query<EarlierResend>({
    name: 'resend-earlier',
    text: `SELECT id, resend_codes AS codes FROM campaigns WHERE resend_of = $1 AND resend_only = $2 ORDER BY id`,
    values: [originId, only],
  })
  return rows
}

/** Which resend has each code. */
export function takenBy(
  resends: readonly EarlierResend[],
  only: 'failed' | 'in_doubt',
): Map<DeliveryCode, string> {
  return new Map(
    resends.flatMap(({ id, codes }) =>
      (codes?.map(deliveryCodeOf) ?? codesOf(only)).map((code) => [code, id]),
    ),
  )
}

/** The codes that devices have: one look at the index for each. */
async function findPresent(
  db: Queryable,
  originId: string,
  only: 'failed' | 'in_doubt',
): Promise<DeliveryCode[]> {
  // The number of the state is part of the text; the partial index would not be used with a parameter.
  const { rows } = await db.query<{ code: number }>({
    name: `resend-present-${only}`,
    text: `SELECT k.code FROM unnest($2::smallint[]) AS k (code)
           WHERE (SELECT true FROM deliveries x
                  WHERE x.campaign_id = $1 AND x.state = ${DELIVERY_STATES[only].number} AND x.code = k.code
                  ORDER BY x.device_id LIMIT 1) IS NOT NULL`,
    values: [originId, numbersOf(codesOf(only))],
  })
  return rows.map(({ code }) => deliveryCodeOf(code))
}

/**
 * For a LATERAL: device i of campaign $1, if it is active. One that has moved to another project is not sent to from here.
 * OFFSET 0 keeps PostgreSQL from joining all devices there are.
 */
export const ACTIVE_DEVICE = `SELECT FROM devices WHERE id = i.id AND state = 'active'
  AND project_id = (SELECT project_id FROM campaigns WHERE id = $1) OFFSET 0`

/** How many devices have these codes. Reads an index entry for each. */
export async function countChosen(
  db: Queryable,
  originId: string,
  only: 'failed' | 'in_doubt',
  codes: readonly DeliveryCode[],
): Promise<number> {
  const { rows } = await db.query<{ devices: number }>({
    name: `resend-count-${only}`,
    text: `SELECT count(*)::int AS devices FROM deliveries
           WHERE campaign_id = $1 AND state = ${DELIVERY_STATES[only].number} AND code = ANY($2::smallint[])`,
    values: [originId, numbersOf(codes)],
  })
  return rows[0]?.devices ?? 0
}

/**
 * Of canceled batches b: those of zones that a campaign at local times had left out, because it was too late there or no zone was
 * known. It would never have gone to their devices, so a resend does not either.
 */
export const WAS_LEFT_OUT = '(b.zones IS NOT NULL AND b.send_at IS NULL)'

/** Of this state, by the batches; and whether the results are there. Without them it is not known who got the message. */
export async function readRemains(
  db: Queryable,
  originId: string,
  only: Resent,
): Promise<{ devices: number; hasResults: boolean }> {
  // A row is looked for, and not the partition: it is made anew when an old draft of that month is sent.
  const { rows } = await db.query<{ devices: number; hasResults: boolean }>({
    name: `resend-remains-${only}`,
    text: `SELECT coalesce(sum(b.${only})${only === 'canceled' ? ` FILTER (WHERE NOT ${WAS_LEFT_OUT})` : ''}, 0)::int AS devices,
             coalesce(sum(${addCounts('b')}), 0) = 0
               OR (SELECT true FROM deliveries x WHERE x.campaign_id = $1 ORDER BY x.device_id LIMIT 1) IS NOT NULL AS "hasResults"
           FROM batches b WHERE b.campaign_id = $1`,
    values: [originId],
  })
  return rows[0] ?? { devices: 0, hasResults: false }
}

export function nothingToResend(originId: string, why: string): AppError {
  return new AppError('nothing_to_resend', `Campaign ${originId} ${why}`)
}

function alreadyResent(
  originId: string,
  only: Resent,
  codes: readonly DeliveryCode[],
  resendId: string,
): AppError {
  const which = codes.length === 0 ? '' : ` with the code ${codes.join(' and ')}`
  return new AppError(
    'campaign_already_resent',
    `Campaign ${resendId} has already resent campaign ${originId} to its ${LABELS[only]} devices${which}. To try the remaining devices again, resend campaign ${resendId}.`,
  )
}

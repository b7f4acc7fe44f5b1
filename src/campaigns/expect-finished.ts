/** A draft may have gaps, and something typed that is no valid message or audience yet. It leaves the drafts only without both. */
import { AppError, type FieldError } from '../domain/errors.ts'

export interface Written {
  name: string
  hasMessage: boolean
  hasAudience: boolean
  isUnfinished: boolean
}

/** For SELECT. */
export const WRITTEN = `name, message IS NOT NULL AS "hasMessage", audience IS NOT NULL AS "hasAudience",
  unfinished IS NOT NULL AS "isUnfinished"`

/** `id`: null before it is created. A test is about the message alone; audience and name may still be missing. */
export function expectFinished(
  id: string | null,
  written: Written,
  done: 'sent' | 'scheduled' | 'tested',
): void {
  const { name, hasMessage, hasAudience, isUnfinished } = written
  const needsAll = done !== 'tested'
  const fields: FieldError[] = []
  if (needsAll && name === '') fields.push({ field: '/name', problem: 'is empty' })
  if (!hasMessage) fields.push({ field: '/message', problem: 'is missing' })
  if (needsAll && !hasAudience) fields.push({ field: '/audience', problem: 'is missing' })
  if (isUnfinished) {
    fields.push({ field: '/unfinished', problem: 'has what is typed and not valid yet; it must be null' })
  }
  if (fields.length === 0) return
  const missing = fields.map(({ field, problem }) => `${field} ${problem}`).join('; ')
  const [which, advice] =
    id === null
      ? ['The campaign', 'Add what is missing, or leave "scheduledAt" out: then it is kept as a draft.']
      : [`Campaign ${id}`, `Complete it with PATCH /v1/campaigns/${id} first.`]
  throw new AppError(
    'campaign_unfinished',
    `${which} is not finished and cannot be ${done}: ${missing}. ${advice}`,
    { fields },
  )
}

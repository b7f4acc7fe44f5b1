/** The end of sending of a resend, where that of the campaign has passed. Pure. */
import { momentOf } from '../new-campaign/local-time.ts'

export interface EndForm {
  /** '': not chosen yet. */
  kind: '' | 'at' | 'none'
  date: string
  time: string
}

export const emptyEnd: EndForm = { kind: '', date: '', time: '' }

/** Null: none. Undefined: it is not complete, or is not still to come. */
export function readEnd({ kind, date, time }: EndForm, zone: string, now: Date): string | null | undefined {
  if (kind === 'none') return null
  if (kind === '' || date === '' || time === '') return undefined
  const end = momentOf(date, time, zone)?.at
  return end !== undefined && end > now ? end.toISOString() : undefined
}

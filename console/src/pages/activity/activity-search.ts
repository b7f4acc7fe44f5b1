/** What the activity page is filtered by, as its address says it. */
import { SUBJECT_KINDS, type SubjectKind } from '../../../../src/domain/deeds.ts'
import type { AuditFilter } from '../../api/audit.ts'

export interface ActivitySearch {
  kind?: SubjectKind
  /** Id of what it was done to. */
  subject?: string
  actor?: string
  /** Days, of the browser's own time zone. */
  from?: string
  through?: string
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
const DAY = /^\d{4}-\d\d-\d\d$/

/** Addresses may be typed by hand: valid parameters are used, others are ignored. */
export function readActivitySearch(search: Record<string, unknown>): ActivitySearch {
  const { kind, subject, actor, from, through } = search
  return {
    ...(SUBJECT_KINDS.includes(kind as SubjectKind) && { kind: kind as SubjectKind }),
    ...(typeof subject === 'string' && subject !== '' && { subject: subject.slice(0, 200) }),
    ...(typeof actor === 'string' && UUID.test(actor) && { actor }),
    ...(isDay(from) && { from }),
    ...(isDay(through) && { through }),
  }
}

function isDay(value: unknown): value is string {
  return typeof value === 'string' && DAY.test(value) && !Number.isNaN(Date.parse(`${value}T00:00`))
}

export function filterOf({ kind, subject, actor, from, through }: ActivitySearch): AuditFilter {
  return {
    ...(kind && { subjectKind: kind }),
    ...(subject && { subject }),
    ...(actor && { actor }),
    ...(from && { from: startOf(from, 0) }),
    ...(through && { to: startOf(through, 1) }),
  }
}

/** `later`: days. */
function startOf(day: string, later: number): string {
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number)
  return new Date(year, month - 1, date + later).toISOString()
}

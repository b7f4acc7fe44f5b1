/** What is said of an event below its sentence: to how many, what was seen, what was changed. Pure. */
import type { AudienceSummary } from '../../../../src/domain/audience-summary.ts'
import type { AuditEvent } from '../../api/audit.ts'
import type { activityText } from '../../text/en/activity.ts'

type Text = typeof activityText

/** Deeds after which a message leaves, or will by itself. */
const LETS_LEAVE: ReadonlySet<AuditEvent['deed']> = new Set([
  'campaign.sent',
  'campaign.scheduled',
  'campaign.started',
  'campaign.resumed',
  'campaign.tested',
  'schedule.created',
  'schedule.run_sent',
])

export function linesOf(
  { deed, detail }: Pick<AuditEvent, 'deed' | 'detail'>,
  messageNow: string | null,
  text: Text,
  number: (n: number) => string,
): string[] {
  const { devices, confirmedDevices, seenVersion, audience, messageHash, fields } = detail
  const lines: (string | false)[] = [
    Array.isArray(fields) && fields.length > 0 && text.fields(namesOf(fields, text)),
  ]
  if (LETS_LEAVE.has(deed)) {
    lines.push(
      isAudience(audience) && audienceOf(audience, text, number),
      typeof devices === 'number' && text.devices(number(devices)),
      typeof confirmedDevices === 'number' && text.confirmed(number(confirmedDevices)),
      typeof seenVersion === 'number' && text.seen(number(seenVersion)),
      messageNow !== null &&
        typeof messageHash === 'string' &&
        (messageHash === messageNow ? text.sameMessage : text.otherMessage),
    )
  }
  return lines.filter((line) => line !== false)
}

function namesOf(fields: unknown[], { fieldNames }: Text): string {
  return fields.map((field) => fieldNames[String(field)] ?? String(field)).join(', ')
}

function isAudience(value: unknown): value is AudienceSummary {
  return typeof value === 'object' && value !== null && 'kind' in value
}

function audienceOf(
  audience: AudienceSummary,
  { audience: said }: Text,
  number: (n: number) => string,
): string {
  return audience.kind === 'members' ? said.members(number(audience.members)) : said[audience.kind]
}

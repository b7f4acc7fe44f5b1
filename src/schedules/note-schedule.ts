/** What the audit log says of a schedule, and of a run that has become a campaign. */
import type { Note } from '../audit/note-deeds.ts'
import { messageHash } from '../campaigns/message-hash.ts'
import { summarizeAudience } from '../domain/audience-summary.ts'
import type { DeedName } from '../domain/deeds.ts'
import type { Schedule } from './read-schedules.ts'

/** `schedule`: as it is after the deed. */
export function noteSchedule(
  note: Note,
  deed: DeedName,
  schedule: Pick<Schedule, 'id' | 'version' | 'message' | 'audience' | 'rule' | 'timezone'>,
  more: Record<string, unknown> = {},
): void {
  const { id, version, message, audience, rule, timezone } = schedule
  note({
    deed,
    subject: { kind: 'schedule', id },
    detail: {
      version,
      messageHash: messageHash(message),
      audience: summarizeAudience(audience),
      rule,
      timezone,
      ...more,
    },
  })
}

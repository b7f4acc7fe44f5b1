/** What the last button does, in words. */
import { draftTexts } from '../../text/draft-texts.ts'
import { useTextOf } from '../../text/language.tsx'
import type { Draft } from './use-draft.ts'

export function PressLabel({ draft, devices }: { draft: Draft; devices: number | null }) {
  const { draftSend: text, format } = useTextOf(draftTexts)
  const { form, read, isScheduled } = draft
  if (read.localTime !== null) return isScheduled ? text.reschedule : text.scheduleLocal
  if (read.startsAt !== null) {
    return isScheduled
      ? text.reschedule
      : text.schedule(format.dateTime(read.startsAt.at, form.schedule.zone))
  }
  if (form.schedule.when !== 'now') return text.scheduleUnset
  return devices === null ? text.sendUncounted : text.sendNow(text.devices(devices))
}

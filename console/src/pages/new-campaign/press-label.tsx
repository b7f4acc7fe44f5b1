/** What the last button does, in words. */
import { draftTexts } from '../../text/draft-texts.ts'
import { useTextOf } from '../../text/language.tsx'
import type { Draft } from './use-draft.ts'

interface Props {
  draft: Draft
  devices: number | null
  /** Of the devices; null: not known. */
  members?: number | null
}

export function PressLabel({ draft, devices, members = null }: Props) {
  const { draftSend: text, caps, format } = useTextOf(draftTexts)
  const { form, read, isScheduled } = draft
  if (read.localTime !== null) return isScheduled ? text.reschedule : text.scheduleLocal
  if (read.startsAt !== null) {
    return isScheduled
      ? text.reschedule
      : text.schedule(format.dateTime(read.startsAt.at, form.schedule.zone))
  }
  if (form.schedule.when !== 'now') return text.scheduleUnset
  if (form.rules.oncePerMember) {
    return members === null ? text.sendUncounted : text.sendNow(caps.members(members))
  }
  return devices === null ? text.sendUncounted : text.sendNow(text.devices(devices))
}

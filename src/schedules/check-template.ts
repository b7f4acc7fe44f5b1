/** What a run of a schedule is to send, before anything is stored, and again before a run is made of it. */
import { checkAdvertisement } from '../domain/check-advertisement.ts'
import { checkAudience } from '../domain/check-audience.ts'
import { checkMessage } from '../domain/check-message.ts'
import { checkSendRules, expectAdvertiser, type LawDefaults } from '../domain/check-send-rules.ts'
import type { Template } from './read-schedules.ts'

type Content = Pick<Template, 'message' | 'audience' | 'kind' | 'advertiser'>

/** Returns the template as it is stored. Throws as the checks of its parts. */
export function checkTemplate<T extends Template>(given: T, law: LawDefaults): T {
  const now = new Date()
  const { notAfterMinutes } = given
  const notAfter = notAfterMinutes === null ? null : new Date(now.getTime() + notAfterMinutes * 60_000)
  const { kind, night, sendWindow, advertiser, defaultZone } = given
  const { notAfter: _, ...rules } = checkSendRules(
    { kind, night, sendWindow, advertiser, defaultZone, notAfter },
    law,
    now,
  )
  return { ...given, ...rules, ...checkContent({ ...given, ...rules }) }
}

/** The rules for messages and audiences may have become stricter with a new version. */
export function checkContent(given: Content): Pick<Template, 'message' | 'audience'> {
  expectAdvertiser(given)
  const message = checkMessage(given.message)
  checkAdvertisement(message, given)
  return { message, audience: checkAudience(given.audience) }
}

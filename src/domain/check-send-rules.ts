/** What a person has chosen about when messages may leave, before anything is stored. */
import { addDays } from './add-days.ts'
import { type DailyHours, isInHours, isTimeOfDay, isWholly } from './daily-hours.ts'
import { AppError, type ErrorCode, type FieldError } from './errors.ts'
import type { Advertiser, SendRules, SendWindow } from './send-rules.ts'
import { canonicalTimezone } from './timezone.ts'

export interface GivenRules extends SendRules {
  advertiser: Advertiser | null
  /** Of members whose zone is not known; null: as the environment says. */
  defaultZone: string | null
}

/** As the environment says. */
export interface LawDefaults {
  night: DailyHours
  /** The zone of members without one, where the campaign names none. */
  zone: string
  /** Null: not set. */
  advertiser: Advertiser | null
}

const LONGEST_NAME = 50
const LONGEST_HINT = 100

/** No zone is further east. */
const EASTERNMOST_MS = 14 * 3_600_000

/**
 * Returns the rules as they are stored. `notBefore`: when the first message may leave at the earliest. `localAt`: of a campaign at
 * local times, when it leaves on each wall. Throws
 * `invalid_send_window`, `window_in_the_night`, `invalid_not_after`, `invalid_timezone` or `invalid_advertiser`.
 */
export function checkSendRules<R extends GivenRules>(
  given: R,
  { night, advertiser: usual }: LawDefaults,
  notBefore: Date,
  localAt: string | null = null,
): R {
  const { kind, sendWindow, notAfter, defaultZone } = given
  if (sendWindow !== null) checkWindow(given, night)
  if (sendWindow !== null && localAt !== null) checkLocalWindow(sendWindow, notAfter, localAt)
  if (notAfter !== null) {
    if (sendWindow === null && (kind === 'service' || given.night === 'skip')) {
      throw refused(
        'invalid_not_after',
        '/notAfter',
        'is given, and nothing of this campaign waits',
        'Give a sendWindow, or night "delay" of an advertising campaign; or leave notAfter out.',
      )
    }
    if (notAfter <= notBefore) {
      throw refused(
        'invalid_not_after',
        '/notAfter',
        `is ${notAfter.toISOString()}, which is not after the start (${notBefore.toISOString()})`,
        'Give a later time.',
      )
    }
  }
  const zone = defaultZone === null ? null : canonicalTimezone(defaultZone)
  if (zone === undefined) {
    throw refused(
      'invalid_timezone',
      '/defaultZone',
      `is ${JSON.stringify(defaultZone)}, which is no time zone`,
      'Give a name such as "Asia/Seoul", or null.',
    )
  }
  const advertiser = kind === 'advertising' ? (given.advertiser ?? usual) : given.advertiser
  return { ...given, defaultZone: zone, advertiser: advertiser && checkAdvertiser(advertiser) }
}

function checkWindow({ kind, sendWindow }: GivenRules, night: DailyHours): void {
  const { from, until } = sendWindow as DailyHours
  for (const [name, time] of Object.entries({ from, until })) {
    if (isTimeOfDay(time)) continue
    throw refused(
      'invalid_send_window',
      `/sendWindow/${name}`,
      `is ${JSON.stringify(time)}, which is no time of a day`,
      'Give one from "00:00" to "23:59".',
    )
  }
  if (from === until) {
    throw refused(
      'invalid_send_window',
      '/sendWindow/until',
      `is ${until}, as from: such a window never opens`,
      'Give another end; or leave sendWindow out to send at any time.',
    )
  }
  if (kind === 'advertising' && isWholly({ from, until }, night)) {
    throw refused(
      'window_in_the_night',
      '/sendWindow',
      `is ${from}–${until}, all of it in the night (${night.from}–${night.until}), when members without consent to the night get no advertising`,
      'Give hours of the day; or leave sendWindow out, and members with consent to the night are sent to.',
    )
  }
}

/** Every member's clock shows the same then, so a window that is closed is closed for all of them. */
function checkLocalWindow(window: SendWindow, notAfter: Date | null, localAt: string): void {
  const [date = '', time = ''] = localAt.split('T')
  if (isInHours(time.slice(0, 5), window)) return
  const hours = `${window.from}–${window.until}`
  if (window.outside === 'skip') {
    throw refused(
      'invalid_send_window',
      '/sendWindow',
      `is ${hours} and leaves out members for whom it is closed, and at ${time}, when the campaign leaves everywhere, it is closed for all of them`,
      'Give another localAt, other hours, or outside "wait".',
    )
  }
  const opens = `${time < window.from ? date : addDays(date, 1)}T${window.from}`
  const first = new Date(Date.parse(`${opens}Z`) - EASTERNMOST_MS)
  if (notAfter !== null && notAfter <= first) {
    throw refused(
      'invalid_not_after',
      '/notAfter',
      `is ${notAfter.toISOString()}, and the window ${hours} opens first at ${first.toISOString()}, after localAt ${localAt}`,
      'Give a later time, another localAt, or other hours.',
    )
  }
}

function checkAdvertiser(given: Advertiser): Advertiser {
  const name = given.name.trim()
  const optOutHint = given.optOutHint.trim()
  const problem = (text: string, longest: number) =>
    text === ''
      ? 'is empty'
      : text.length > longest
        ? `has ${text.length} characters; at most ${longest}`
        : undefined
  for (const [field, text, longest] of [
    ['name', name, LONGEST_NAME],
    ['optOutHint', optOutHint, LONGEST_HINT],
  ] as const) {
    const found = problem(text, longest)
    if (found === undefined) continue
    throw refused(
      'invalid_advertiser',
      `/advertiser/${field}`,
      found,
      'It is read in every advertisement by Korean members.',
    )
  }
  return { name, optOutHint }
}

/** Before an advertising campaign leaves the drafts: the law asks for it. */
export function expectAdvertiser({ kind, advertiser }: Pick<GivenRules, 'kind' | 'advertiser'>): void {
  if (kind === 'service' || advertiser !== null) return
  throw new AppError(
    'advertiser_missing',
    'An advertising campaign needs "advertiser": {name, optOutHint}, which Korean members read as "(광고) name" in front and as the last line. Nothing was changed. Give it, or set ADVERTISER_NAME and ADVERTISER_OPT_OUT_HINT for all campaigns.',
    { fields: [{ field: '/advertiser', problem: 'is missing' }] },
  )
}

/** A draft may be older than its own end. */
export function expectStillOpen({ notAfter }: Pick<GivenRules, 'notAfter'>, now: Date): void {
  if (notAfter === null || notAfter > now) return
  throw refused(
    'invalid_not_after',
    '/notAfter',
    `is ${notAfter.toISOString()}, and it is ${now.toISOString()} now`,
    'Give a later time, or null.',
  )
}

function refused(code: ErrorCode, field: string, problem: string, advice: string): AppError {
  const fields: FieldError[] = [{ field, problem }]
  return new AppError(
    code,
    `${field.slice(1).replace('/', '.')} ${problem}. Nothing was changed. ${advice}`,
    { fields },
  )
}

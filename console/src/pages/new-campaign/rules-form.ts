/** When a campaign may be sent to whom, as it is typed and as the API takes it. Pure. */
import type { CampaignReply } from '../../../../src/api/campaigns/campaign-schemas.ts'
import { isTimeOfDay } from '../../../../src/domain/daily-hours.ts'
import type { Advertiser, CampaignKind, NightRule, SendWindow } from '../../../../src/domain/send-rules.ts'
import { clockIn, momentOf } from './local-time.ts'

export interface RulesForm {
  /** Empty: not chosen yet. Nothing is assumed, because the law is another for each. */
  kind: CampaignKind | ''
  advertiserName: string
  optOutHint: string
  night: NightRule
  hasWindow: boolean
  windowFrom: string
  windowUntil: string
  outside: SendWindow['outside']
  /** Both empty: there is no such time. In the zone in which the campaign's time is typed. */
  notAfterDate: string
  notAfterTime: string
  /** As the server has it: the fields lose its seconds. */
  notAfterStored?: string
  /** Empty: that of the server. */
  defaultZone: string
  ignoresCaps: boolean
  countsTowardCaps: boolean
  oncePerMember: boolean
}

export interface RulesBody {
  kind: CampaignKind
  advertiser: Advertiser | null
  night: NightRule
  sendWindow: SendWindow | null
  notAfter: string | null
  defaultZone: string | null
  ignoresCaps: boolean
  countsTowardCaps: boolean
  oncePerMember: boolean
}

export const emptyRules: RulesForm = {
  kind: '',
  advertiserName: '',
  optOutHint: '',
  night: 'skip',
  hasWindow: false,
  windowFrom: '10:00',
  windowUntil: '20:00',
  outside: 'wait',
  notAfterDate: '',
  notAfterTime: '',
  defaultZone: '',
  ignoresCaps: false,
  countsTowardCaps: true,
  oncePerMember: false,
}

export type RulesShown = Pick<
  CampaignReply,
  | 'kind'
  | 'advertiser'
  | 'night'
  | 'sendWindow'
  | 'notAfter'
  | 'defaultZone'
  | 'localAt'
  | 'ignoresCaps'
  | 'countsTowardCaps'
  | 'oncePerMember'
>

/** `zone`: in which the campaign's time is typed. */
export function rulesFormOf(campaign: RulesShown, zone: string): RulesForm {
  const { kind, advertiser, night, sendWindow, notAfter, defaultZone, localAt } = campaign
  const { ignoresCaps, countsTowardCaps, oncePerMember } = campaign
  const { from, until, outside } = sendWindow ?? {}
  const end = notAfter === null ? null : clockIn(new Date(notAfter), zone)
  return {
    kind,
    advertiserName: advertiser?.name ?? '',
    optOutHint: advertiser?.optOutHint ?? '',
    night,
    hasWindow: sendWindow !== null,
    windowFrom: from ?? emptyRules.windowFrom,
    windowUntil: until ?? emptyRules.windowUntil,
    outside: outside ?? emptyRules.outside,
    notAfterDate: end?.date ?? '',
    notAfterTime: end?.time ?? '',
    ...(notAfter !== null && { notAfterStored: notAfter }),
    // At local times it is the zone of the time.
    defaultZone: localAt === null ? (defaultZone ?? '') : '',
    ignoresCaps,
    countsTowardCaps,
    oncePerMember,
  }
}

export interface ReadRules {
  /** null: not complete. */
  rules: RulesBody | null
  kindIsMissing: boolean
  advertiserIsMissing: boolean
  windowIsWrong: boolean
  /** Half of it is missing, or it is not after the start. */
  notAfterIsWrong: boolean
}

/** What of the campaign's time the rules are about. */
interface When {
  /** In which its time is typed. */
  zone: string
  isLocal: boolean
  /** Null: it is not known. */
  startsAt: Date | null
}

/** Only then is there anything for which it would be too late. */
export function mayWait({ kind, night, hasWindow }: RulesForm): boolean {
  return hasWindow || (kind === 'advertising' && night === 'delay')
}

export function readRules(form: RulesForm, { zone, isLocal, startsAt }: When): ReadRules {
  const name = form.advertiserName.trim()
  const optOutHint = form.optOutHint.trim()
  const { ignoresCaps, countsTowardCaps, oncePerMember } = form
  const { kind, night, hasWindow, windowFrom: from, windowUntil: until, outside } = form
  const kindIsMissing = kind === ''
  const advertiserIsMissing = kind === 'advertising' && (name === '' || optOutHint === '')
  const end = mayWait(form) ? endOf(form, zone) : null
  const isHalf = form.notAfterDate !== '' || form.notAfterTime !== ''
  const notAfterIsWrong =
    mayWait(form) && (end === null ? isHalf : startsAt !== null && end.getTime() <= startsAt.getTime())
  const windowIsWrong = hasWindow && (!isTimeOfDay(from) || !isTimeOfDay(until) || from === until)
  return {
    rules:
      kindIsMissing || advertiserIsMissing || windowIsWrong || notAfterIsWrong
        ? null
        : {
            kind,
            advertiser: kind === 'advertising' ? { name, optOutHint } : null,
            night: kind === 'advertising' ? night : 'skip',
            sendWindow: hasWindow ? { from, until, outside } : null,
            notAfter: end?.toISOString() ?? null,
            defaultZone: isLocal ? zone : form.defaultZone || null,
            ignoresCaps,
            countsTowardCaps,
            oncePerMember,
          },
    kindIsMissing,
    advertiserIsMissing,
    windowIsWrong,
    notAfterIsWrong,
  }
}

/** The stored time, as long as the fields still say it. */
function endOf({ notAfterDate: date, notAfterTime: time, notAfterStored: stored }: RulesForm, zone: string) {
  if (stored !== undefined) {
    const clock = clockIn(new Date(stored), zone)
    if (clock.date === date && clock.time === time) return new Date(stored)
  }
  return momentOf(date, time, zone)?.at ?? null
}

/** When a campaign may be sent to whom, as it is typed and as the API takes it. Pure. */
import type { CampaignReply } from '../../../../src/api/campaigns/campaign-schemas.ts'
import { isTimeOfDay } from '../../../../src/domain/daily-hours.ts'
import type { Advertiser, CampaignKind, NightRule, SendWindow } from '../../../../src/domain/send-rules.ts'

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
  ignoresCaps: boolean
  countsTowardCaps: boolean
  oncePerMember: boolean
}

export interface RulesBody {
  kind: CampaignKind
  advertiser: Advertiser | null
  night: NightRule
  sendWindow: SendWindow | null
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
  ignoresCaps: false,
  countsTowardCaps: true,
  oncePerMember: false,
}

export type RulesShown = Pick<
  CampaignReply,
  'kind' | 'advertiser' | 'night' | 'sendWindow' | 'ignoresCaps' | 'countsTowardCaps' | 'oncePerMember'
>

export function rulesFormOf(campaign: RulesShown): RulesForm {
  const { kind, advertiser, night, sendWindow, ignoresCaps, countsTowardCaps, oncePerMember } = campaign
  const { from, until, outside } = sendWindow ?? {}
  return {
    kind,
    advertiserName: advertiser?.name ?? '',
    optOutHint: advertiser?.optOutHint ?? '',
    night,
    hasWindow: sendWindow !== null,
    windowFrom: from ?? emptyRules.windowFrom,
    windowUntil: until ?? emptyRules.windowUntil,
    outside: outside ?? emptyRules.outside,
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
}

export function readRules(form: RulesForm): ReadRules {
  const name = form.advertiserName.trim()
  const optOutHint = form.optOutHint.trim()
  const { ignoresCaps, countsTowardCaps, oncePerMember } = form
  const { kind, night, hasWindow, windowFrom: from, windowUntil: until, outside } = form
  const kindIsMissing = kind === ''
  const advertiserIsMissing = kind === 'advertising' && (name === '' || optOutHint === '')
  const windowIsWrong = hasWindow && (!isTimeOfDay(from) || !isTimeOfDay(until) || from === until)
  return {
    rules:
      kindIsMissing || advertiserIsMissing || windowIsWrong
        ? null
        : {
            kind,
            advertiser: kind === 'advertising' ? { name, optOutHint } : null,
            night: kind === 'advertising' ? night : 'skip',
            sendWindow: hasWindow ? { from, until, outside } : null,
            ignoresCaps,
            countsTowardCaps,
            oncePerMember,
          },
    kindIsMissing,
    advertiserIsMissing,
    windowIsWrong,
  }
}

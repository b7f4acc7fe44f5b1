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
}

export interface RulesBody {
  kind: CampaignKind
  advertiser: Advertiser | null
  night: NightRule
  sendWindow: SendWindow | null
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
}

export function rulesFormOf({
  kind,
  advertiser,
  night,
  sendWindow,
}: Pick<CampaignReply, 'kind' | 'advertiser' | 'night' | 'sendWindow'>): RulesForm {
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
          },
    kindIsMissing,
    advertiserIsMissing,
    windowIsWrong,
  }
}

/**
 * When a message of a campaign may leave for a member: never without consent if it advertises, at night only with consent to
 * that, and only within the send window. Judged for a moment, which the caller makes the moment of sending. Pure.
 *
 * The window comes first: a device outside of it waits for its next opening, and the night is judged then. Who leaves now may
 * leave up to an instant (`until`): a message that has not left by then is judged again.
 */
import { type DailyHours, phasesOf } from './daily-hours.ts'
import { canonicalTimezone } from './timezone.ts'

export const CAMPAIGN_KINDS = ['advertising', 'service'] as const
export type CampaignKind = (typeof CAMPAIGN_KINDS)[number]

/** Of an advertisement at night, for members without consent to the night: they are left out, or get it in the morning. */
export const NIGHT_RULES = ['skip', 'delay'] as const
export type NightRule = (typeof NIGHT_RULES)[number]

export const OUTSIDE_RULES = ['wait', 'skip'] as const
/** If it is not said. */
export const LEFT_OUT_OUTSIDE = 'wait'

/** On a clock in the member's zone. */
export interface SendWindow extends DailyHours {
  /** What becomes of devices for which it is closed. */
  outside: (typeof OUTSIDE_RULES)[number]
}

/** Whose advertisement it is, and how to refuse more: what Korean members read in it. */
export interface Advertiser {
  name: string
  optOutHint: string
}

/** As it is stored with a campaign. */
export interface SendRules {
  kind: CampaignKind
  night: NightRule
  sendWindow: SendWindow | null
  /** Nothing leaves at this instant or later. */
  notAfter: Date | null
}

/** What holds for a campaign that says nothing about it. */
export const UNRESTRICTED = {
  kind: 'service',
  advertiser: null,
  night: 'skip',
  sendWindow: null,
  notAfter: null,
  defaultZone: null,
  ignoresCaps: false,
  countsTowardCaps: true,
  oncePerMember: false,
} as const

/** True: every member may get it at any time, and nothing has to be judged. */
export function isUnrestricted({ kind, sendWindow, notAfter }: SendRules): boolean {
  return kind === 'service' && sendWindow === null && notAfter === null
}

export interface Recipient {
  timezone: string | null
  hasMarketingConsent: boolean
  hasNightConsent: boolean
}

/** `until`, `opensAt`: milliseconds since 1970. */
export type Verdict =
  | { kind: 'leave'; until: number }
  | { kind: 'wait'; opensAt: number }
  | { kind: 'skip'; code: 'no_consent' | 'no_night_consent' | 'quiet_hours' | 'window_closed' }

/** Windows and nights follow each other a few times at most: check-send-rules.ts refuses those that never meet. */
const MOST_TURNS = 10

export class SendJudge {
  readonly #rules: SendRules
  readonly #defaultZone: string
  readonly #night: ReturnType<typeof phasesOf>
  readonly #window: ReturnType<typeof phasesOf> | null
  readonly #notAfter: number

  /** `defaultZone`: of members whose own is not known, or is none. It exists. */
  constructor(rules: SendRules, night: DailyHours, defaultZone: string) {
    this.#rules = rules
    this.#defaultZone = defaultZone
    this.#night = phasesOf(night)
    this.#window = rules.sendWindow === null ? null : phasesOf(rules.sendWindow)
    this.#notAfter = rules.notAfter?.getTime() ?? Number.POSITIVE_INFINITY
  }

  /**
   * The moment lies between `earliest` and `latest`, because clocks are read with a delay: nothing opens before both have
   * passed its opening, and everything closes when the first of them does.
   */
  judge(recipient: Recipient, earliest: number, latest = earliest): Verdict {
    let verdict = this.#at(recipient, earliest)
    while (verdict.kind === 'leave' && verdict.until <= latest) verdict = this.#at(recipient, verdict.until)
    return verdict
  }

  #at(recipient: Recipient, moment: number): Verdict {
    const { kind, night } = this.#rules
    const isAdvertising = kind === 'advertising'
    if (isAdvertising && !recipient.hasMarketingConsent) return skip('no_consent')
    const zone = this.#zoneOf(recipient.timezone)
    const mindsNight = isAdvertising && !recipient.hasNightConsent
    let opensAt = moment
    for (let turn = 0; turn < MOST_TURNS; turn++) {
      if (opensAt >= this.#notAfter) return skip(this.#window === null ? 'quiet_hours' : 'window_closed')
      const window = this.#window?.at(opensAt, zone)
      if (window !== undefined && !window.isWithin) {
        if (this.#rules.sendWindow?.outside === 'skip' && opensAt === moment) return skip('window_closed')
        opensAt = window.until
        continue
      }
      const dark = mindsNight ? this.#night.at(opensAt, zone) : undefined
      if (dark?.isWithin === true) {
        if (night === 'skip' && opensAt === moment) return skip('no_night_consent')
        opensAt = dark.until
        continue
      }
      if (opensAt > moment) return { kind: 'wait', opensAt }
      const ends = [window?.until, dark?.until, this.#notAfter]
      return { kind: 'leave', until: Math.min(...ends.map((end) => end ?? Number.POSITIVE_INFINITY)) }
    }
    // It is asked again then.
    return { kind: 'wait', opensAt }
  }

  /** Never exempt: an unknown zone, and one that does not exist, is the default one. */
  #zoneOf(timezone: string | null): string {
    return (timezone === null ? undefined : canonicalTimezone(timezone)) ?? this.#defaultZone
  }
}

function skip(code: Extract<Verdict, { kind: 'skip' }>['code']): Verdict {
  return { kind: 'skip', code }
}

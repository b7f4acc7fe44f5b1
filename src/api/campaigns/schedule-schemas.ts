/** Bodies and replies of the schedule routes. */
import Type, { type Static } from 'typebox'
import { VISIBLE } from '../../domain/clean-text.ts'
import { RUN_OUTCOMES, SCHEDULE_STATES, type ScheduleRule, WEEKDAYS } from '../../domain/schedule-rule.ts'
import { Exact, Id, Nullable, OneOf, Page, PageQuery, Time } from '../http/common-schemas.ts'
import {
  confirmAudience,
  optionalCapSettings,
  rulesReply,
  sendRules,
  settings,
  Tags,
} from './campaign-schemas.ts'
import { AudienceBody, AudienceReply, AudienceSummaryReply, MessageBody } from './content-schemas.ts'

const MOST_SKIP_DATES = 400

const At = Type.String({ pattern: '^([01]\\d|2[0-3]):[0-5]\\d$', description: '"20:00", on a clock there' })
const DateText = Type.String({ pattern: '^\\d{4}-\\d\\d-\\d\\d$', description: '"2026-12-31", there' })

/** An object with the fields of all forms instead of a union: a mistake then gives one clear error. `ruleOf` tells the forms apart. */
const RuleBody = Exact(
  {
    every: Type.Optional(OneOf(['day', 'week', 'month'])),
    on: Type.Optional(Type.Array(OneOf(WEEKDAYS), { minItems: 1, maxItems: 7, description: 'With "week"' })),
    day: Type.Optional(
      Type.Unsafe<number | 'last'>({
        anyOf: [
          { type: 'integer', minimum: 1, maximum: 31 },
          { type: 'string', enum: ['last'] },
        ],
        description: 'With "month". A day that a month does not have is its last',
      }),
    ),
    at: Type.Optional(At),
    cron: Type.Optional(
      Type.String({
        maxLength: 200,
        description:
          'Instead of all others: minute, hour, day, month, weekday, as in crontab; L is the last day',
      }),
    ),
  },
  {
    description:
      '{every: "day", at} · {every: "week", on: ["mon", …], at} · {every: "month", day, at} · {cron}. At least 15 minutes lie between two runs',
  },
)
export type RuleBody = Static<typeof RuleBody>

const RuleReply = Type.Unsafe<ScheduleRule>({ type: 'object', description: 'As it was given' })

const times = {
  rule: RuleBody,
  timezone: Type.String({ minLength: 1, maxLength: 64, description: 'IANA, for example Asia/Seoul' }),
  startsOn: Nullable({ ...DateText, description: 'The first date on which it may run; null: no limit' }),
  endsOn: Nullable({ ...DateText, description: 'The last date on which it may run; null: no limit' }),
  skipDates: Type.Array(DateText, {
    maxItems: MOST_SKIP_DATES,
    description: 'Dates on which it does not run',
  }),
}
const ScheduleName = Type.String({
  pattern: VISIBLE,
  maxLength: 170,
  description: 'a text that is not empty',
})

export const SchedulePreviewBody = Exact({
  rule: times.rule,
  timezone: times.timezone,
  startsOn: Type.Optional(times.startsOn),
  endsOn: Type.Optional(times.endsOn),
  skipDates: Type.Optional(times.skipDates),
})

const notAfterMinutes = Nullable(
  Type.Integer({
    minimum: 1,
    maximum: 10_080,
    description: 'notAfter of its runs, in minutes after each. null: none',
  }),
)

const optional = {
  startsOn: Type.Optional(times.startsOn),
  endsOn: Type.Optional(times.endsOn),
  skipDates: Type.Optional(times.skipDates),
  tags: Type.Optional(Tags),
  latestStartMinutes: Type.Optional(settings.latestStartMinutes),
  ratePerMinute: Type.Optional(settings.ratePerMinute),
  priority: Type.Optional(settings.priority),
  guarantee: Type.Optional(settings.guarantee),
  kind: Type.Optional(sendRules.kind),
  advertiser: Type.Optional(sendRules.advertiser),
  night: Type.Optional(sendRules.night),
  sendWindow: Type.Optional(sendRules.sendWindow),
  notAfterMinutes: Type.Optional(notAfterMinutes),
  defaultZone: Type.Optional(sendRules.defaultZone),
  ...optionalCapSettings,
  confirmAudience,
}

export const NewScheduleBody = Exact({
  name: ScheduleName,
  message: MessageBody,
  audience: AudienceBody,
  rule: times.rule,
  timezone: times.timezone,
  ...optional,
})

export const ScheduleChangesBody = Exact(
  {
    name: Type.Optional(ScheduleName),
    message: Type.Optional(MessageBody),
    audience: Type.Optional(AudienceBody),
    rule: Type.Optional(times.rule),
    timezone: Type.Optional(times.timezone),
    ...optional,
  },
  { minProperties: 1, description: 'at least one field to change' },
)

export const RunBody = Exact({
  at: Type.String({ format: 'date-time', description: '"at" of one of nextRuns' }),
})
export const SendRunBody = Exact({ ...RunBody.properties, confirmAudience })

const RunTime = {
  at: Time,
  local: Type.String({ description: 'On a clock there: 2026-03-29T03:30' }),
}

const UpcomingRun = Type.Object({
  ...RunTime,
  kind: OneOf(['as_planned', 'moved', 'first_of_two'], {
    description:
      'moved: clocks are put forward over its time that day, so it runs later by as much. first_of_two: clocks are put back, and the first of the two is meant',
  }),
  outcome: Nullable(
    OneOf(RUN_OUTCOMES, {
      description: 'null: it will run. made: it is a campaign already. skipped: it is left out',
    }),
  ),
  campaignId: Nullable(Id),
})

export const SchedulePreviewReply = Type.Object({
  data: Type.Array(Type.Object({ ...RunTime, kind: UpcomingRun.properties.kind }), {
    description: 'The next five runs, fewer if there are fewer',
  }),
})

export const ScheduleReply = Type.Object({
  id: Id,
  name: Type.String(),
  message: MessageBody,
  audienceSummary: AudienceSummaryReply,
  tags: Type.Array(Type.String()),
  guarantee: settings.guarantee,
  priority: settings.priority,
  ratePerMinute: settings.ratePerMinute,
  latestStartMinutes: settings.latestStartMinutes,
  ...rulesReply,
  notAfterMinutes,
  rule: RuleReply,
  timezone: Type.String(),
  startsOn: times.startsOn,
  endsOn: times.endsOn,
  skipDates: times.skipDates,
  state: OneOf(SCHEDULE_STATES),
  problem: Nullable(
    Type.String({ description: 'Why it has paused itself: its message or audience cannot be sent' }),
  ),
  nextRuns: Type.Array(UpcomingRun, { description: 'The next five, those that are left out too' }),
  version: Type.Integer(),
  createdByName: Nullable(Type.String()),
  changedByName: Nullable(Type.String()),
  createdAt: Time,
  updatedAt: Time,
})
export type ScheduleReply = Static<typeof ScheduleReply>

/** With what may be a megabyte: only where one schedule is asked for, or written. */
export const WholeScheduleReply = Type.Object({ ...ScheduleReply.properties, audience: AudienceReply })
export type WholeScheduleReply = Static<typeof WholeScheduleReply>
/** Of GET: with ?whole=false it is left out. */
export const AskedScheduleReply = Type.Object({
  ...ScheduleReply.properties,
  audience: Type.Optional(AudienceReply),
})

const keptCampaigns = {
  keptCampaigns: Type.Array(Id, {
    description:
      'Runs that the change does not reach: they have started and not ended, were sent early, or a person has changed them. All others that were campaigns already are made anew',
  }),
}
export const ScheduleMovedReply = Type.Object({ ...ScheduleReply.properties, ...keptCampaigns })
export const ScheduleChangedReply = Type.Object({ ...WholeScheduleReply.properties, ...keptCampaigns })

const ListedSchedule = Type.Object({
  id: Id,
  name: Type.String(),
  title: Nullable(Type.String({ description: 'Of the message' })),
  state: OneOf(SCHEDULE_STATES),
  problem: Nullable(Type.String()),
  rule: RuleReply,
  timezone: Type.String(),
  nextAt: Nullable(Time),
  version: Type.Integer(),
  createdByName: Nullable(Type.String()),
})
export const ScheduleListQuery = Exact(PageQuery)
export const ScheduleListReply = Page(ListedSchedule)
export const ScheduleListPosition = Exact({ isEnded: Type.Boolean(), id: Id })

export const RunListReply = Page(
  Type.Object({
    ...RunTime,
    outcome: OneOf(RUN_OUTCOMES, {
      description:
        'made: a campaign. skipped: left out by a person. missed: nothing was running at its time, and a later run was made up for. no_such_day: the zone left that date out',
    }),
    campaignId: Nullable(Id),
    decidedByName: Nullable(Type.String({ description: 'null: nobody; it was its time' })),
  }),
)
export const RunListPosition = Exact({ at: Type.String({ format: 'date-time' }) })

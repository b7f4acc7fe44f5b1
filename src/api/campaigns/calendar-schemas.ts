/** The calendar, and what stands against a time. */
import Type, { type Static } from 'typebox'
import { CAMPAIGN_STATES, CANCEL_REASONS, PAUSE_REASONS } from '../../domain/campaign.ts'
import { countsOf, DELIVERY_STATES } from '../../domain/delivery-result.ts'
import { RUN_OUTCOMES, type RunOutcome } from '../../domain/schedule-rule.ts'
import { CAMPAIGN_KINDS } from '../../domain/send-rules.ts'
import { CONFLICT_KINDS } from '../../domain/start-conflicts.ts'
import { Exact, Id, Nullable, OneOf, Time } from '../http/common-schemas.ts'
import { filters } from './campaign-list-schemas.ts'
import { AudienceBody } from './content-schemas.ts'

export const MOST_DAYS = 62

const DateText = (description: string) =>
  Type.String({ pattern: '^\\d{4}-\\d\\d-\\d\\d$', description: `${description}, such as "2026-12-31"` })

export const CalendarQuery = Exact({
  from: DateText('The first date'),
  to: DateText(`The last date, at most ${MOST_DAYS} with the first`),
  timezone: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 64,
      default: 'UTC',
      description: 'Whose days they are: the name of a time zone as IANA lists it, such as Asia/Seoul',
    }),
  ),
  state: Type.Optional(OneOf(CAMPAIGN_STATES)),
  search: filters.search,
  author: filters.author,
  tag: filters.tag,
  project: filters.project,
})
export type CalendarQuery = Static<typeof CalendarQuery>

const StartReply = Type.Object({
  what: OneOf(['campaign', 'run'], { description: 'run: of a schedule, which becomes a campaign' }),
  id: Type.String({ description: 'Of the campaign or the schedule' }),
  name: Type.String(),
  at: Time,
})

/** Fields of all kinds instead of a union: whoever reads one kind only finds what it has. */
const ConflictReply = Type.Object({
  kind: OneOf(CONFLICT_KINDS, {
    description:
      'same_quarter: others of the same project, for audiences that may have the same people in them, start less than 15 minutes before or after. round_time: around :00, :15, :30 and :45 everybody sends, and FCM is slower. cap: campaigns before it use up a cap of CAPS for everybody in its audience',
  }),
  with: Type.Array(StartReply, {
    description: 'same_quarter: the nearest three; cap: the last three that use it up',
  }),
  count: Type.Integer({ description: 'same_quarter: of all that were found; cap: the limit' }),
  mark: Nullable(Type.String({ format: 'date-time', description: 'round_time: the full quarter' })),
  cap: Nullable(
    Type.Object(
      { window: Type.String(), limit: Type.Integer() },
      { description: 'cap: the rule, such as rolling_24h and 2' },
    ),
  ),
})
export type ConflictReply = Static<typeof ConflictReply>

const judged = {
  conflicts: Type.Array(ConflictReply, {
    description: 'Hints, of what is to come: nothing is refused because of them',
  }),
  suggestedAt: Nullable(
    Type.String({
      format: 'date-time',
      description:
        'A later time without them, within two hours. null: there are none, no such time, or a cap is used up',
    }),
  ),
}

const outcomes = RUN_OUTCOMES.filter((outcome): outcome is Exclude<RunOutcome, 'made'> => outcome !== 'made')

export const CalendarReply = Type.Object({
  asOf: Time,
  timezone: Type.String(),
  days: Type.Array(
    Type.Object({
      day: Type.String({ description: 'YYYY-MM-DD' }),
      start: Time,
      end: Type.String({
        format: 'date-time',
        description: 'The start of the next day: 23 or 25 hours later where the clocks are changed',
      }),
      campaigns: Type.Integer({
        description: 'That begin on it and fit the filters; of very many, not all are in "campaigns"',
      }),
    }),
  ),
  campaigns: Type.Array(
    Type.Object({
      id: Id,
      name: Type.String(),
      state: OneOf(CAMPAIGN_STATES),
      pauseReason: Nullable(OneOf(PAUSE_REASONS)),
      cancelReason: Nullable(OneOf(CANCEL_REASONS)),
      cancelAt: Nullable(Time),
      at: Type.String({
        format: 'date-time',
        description: 'When it was started, or is to be; at local times, for the first',
      }),
      until: Nullable(
        Type.String({
          format: 'date-time',
          description:
            'At local times: when for the last, at the latest as long as it is not planned; null: at one instant',
        }),
      ),
      localAt: Nullable(Type.String({ description: 'At local times: the time on each wall' })),
      projectId: Type.Integer(),
      tags: Type.Array(Type.String()),
      schedule: Nullable(
        Type.Object({ id: Id, name: Type.String() }, { description: 'Of which it is a run' }),
      ),
      progress: Type.Object({
        audience: Type.Integer(),
        ...countsOf((state) => Type.Integer({ description: DELIVERY_STATES[state].meaning })),
      }),
      ...judged,
    }),
    { description: 'In order: started, being sent, scheduled or canceled; no drafts' },
  ),
  recurring: Type.Array(
    Type.Object({
      scheduleId: Id,
      name: Type.String(),
      projectId: Type.Integer(),
      tags: Type.Array(Type.String()),
      timezone: Type.String({ description: 'Of the schedule' }),
      day: Type.String({ description: 'YYYY-MM-DD, one of "days"' }),
      count: Type.Integer({ description: 'Its runs on that day' }),
      runs: Type.Array(
        Type.Object({
          at: Time,
          local: Type.String({ description: 'On a clock in the zone of the schedule' }),
          kind: OneOf(['as_planned', 'moved', 'first_of_two']),
          outcome: Nullable(OneOf(outcomes, { description: 'null: it is to come' })),
          ...judged,
        }),
        { description: 'The first four' },
      ),
    }),
    {
      description:
        'Runs of schedules, by day: those to come, and those that came to nothing. One that has become a campaign is in "campaigns"',
    },
  ),
  recurringUntil: Nullable(
    Type.String({
      format: 'date-time',
      description: 'Runs to come from here on are left out, because there are so many. null: none',
    }),
  ),
  moreSchedules: Type.Integer({
    description: 'Left out as well: of more than 100 schedules, the later ones',
  }),
})
export type CalendarReply = Static<typeof CalendarReply>

export const StartPreviewBody = Exact({
  campaignId: Type.Optional(
    Type.String({ format: 'uuid', description: 'The campaign itself, if it is stored: it is no conflict' }),
  ),
  scheduledAt: Type.Optional(Type.String({ format: 'date-time' })),
  localAt: Type.Optional(
    Type.String({ maxLength: 40, description: 'Instead: a time on the wall of each member' }),
  ),
  defaultZone: Type.Optional(
    Type.String({ minLength: 1, maxLength: 64, description: 'With localAt. DEFAULT_TIMEZONE if left out' }),
  ),
  audience: AudienceBody,
  kind: Type.Optional(OneOf(CAMPAIGN_KINDS, { default: 'service' })),
  ignoresCaps: Type.Optional(Type.Boolean({ default: false })),
})

export const StartPreviewReply = Type.Object({ asOf: Time, ...judged })
export type StartPreviewReply = Static<typeof StartPreviewReply>

/** Bodies and replies about campaigns at each member's local time. */
import Type, { type Static } from 'typebox'
import { CODE_NAMES, countsOf } from '../../domain/delivery-result.ts'
import { LATE_POLICIES, UNKNOWN_ZONE_POLICIES } from '../../domain/local-time.ts'
import { Exact, Nullable, OneOf, Time } from '../http/common-schemas.ts'
import { AudienceBody } from './content-schemas.ts'

const localAt = Type.String({
  maxLength: 40,
  description:
    'A time on the wall of each member, such as "2026-12-24T20:00". Where the clocks leave it out it is moved by the gap, where they show it twice the first is meant. Not with scheduledAt',
})
const late = OneOf(LATE_POLICIES, {
  description:
    'Where it had passed when it was set: skip (recorded as too_late), now, or next_day at the same time. "skip" if left out',
})
const unknownZone = OneOf(UNKNOWN_ZONE_POLICIES, {
  description:
    'Members without a time zone: default (at the time of defaultZone) or skip (recorded as no_timezone). "default" if left out',
})
const defaultZone = Type.String({
  maxLength: 64,
  description: 'A name of IANA, such as "Asia/Seoul". DEFAULT_TIMEZONE if left out',
})

/** In bodies of campaigns. */
export const localTimeSettings = {
  localAt: Type.Optional(Nullable(localAt)),
  late: Type.Optional(late),
  unknownZone: Type.Optional(unknownZone),
}

/** In replies. */
export const localTimeFields = {
  localAt: Nullable(
    Type.String({ description: 'On the wall of each member; null: at one instant, as the two below' }),
  ),
  late: Nullable(OneOf(LATE_POLICIES)),
  unknownZone: Nullable(OneOf(UNKNOWN_ZONE_POLICIES)),
  nextZoneAt: Nullable(
    Type.String({
      format: 'date-time',
      description: 'At local times: when it goes on in further time zones. null: none is left',
    }),
  ),
}

export const ForecastBody = Exact({
  audience: AudienceBody,
  localAt,
  late: Type.Optional(late),
  unknownZone: Type.Optional(unknownZone),
  defaultZone: Type.Optional(defaultZone),
})

const SKIPPED = 'Why they are not sent to; null: they are'

export const ForecastReply = Type.Object({
  devices: Type.Integer({
    description: 'Active devices that match, as POST /v1/audiences/count counts them',
  }),
  unknown: Type.Integer({ description: 'Of them: those whose member has no time zone' }),
  late: Type.Integer({ description: 'Of them: those in whose zone the time has passed' }),
  skipped: Type.Integer({ description: 'Of them: those that would not be sent to' }),
  defaultZone: Type.String(),
  instants: Type.Array(
    Type.Object({
      at: Nullable(Time),
      code: Nullable(OneOf(CODE_NAMES, { description: SKIPPED })),
      isLate: Type.Boolean(),
      devices: Type.Integer(),
      zones: Type.Array(
        Type.Object({
          zone: Nullable(Type.String({ description: 'null: not known' })),
          devices: Type.Integer(),
        }),
      ),
    }),
    { description: 'In order; those that would not be sent to last' },
  ),
  countedAt: Time,
})
export type ForecastReply = Static<typeof ForecastReply>

export const ZonesReply = Type.Object({
  asOf: Time,
  data: Type.Array(
    Type.Object({
      sendAt: Nullable(Time),
      code: Nullable(OneOf(CODE_NAMES, { description: SKIPPED })),
      zones: Type.Array(Nullable(Type.String({ description: 'null: not known' }))),
      hasBegun: Type.Boolean({
        description:
          'Its batches were put on the queue, or it is left out. Until then its local time can be changed, also if it has passed in a pause',
      }),
      devices: Type.Integer(),
      ...countsOf(() => Type.Integer()),
      canceled: Type.Integer(),
      remaining: Type.Integer(),
    }),
    { description: 'Zones that are sent to at the same instant, in order; those that are not sent to last' },
  ),
})
export type ZonesReply = Static<typeof ZonesReply>

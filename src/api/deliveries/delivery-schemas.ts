/** Queries and replies of the routes that list and count delivery results. */
import Type, { type Static } from 'typebox'
import { ADDRESS_KINDS } from '../../domain/address.ts'
import { CAMPAIGN_STATES, PAUSE_REASONS, PLATFORMS, RESENT } from '../../domain/campaign.ts'
import {
  CODE_NAMES,
  countsOf,
  DELIVERY_STATES,
  LISTED_STATES,
  NOT_SENT_STATES,
  STATE_NAMES,
} from '../../domain/delivery-result.ts'
import { MAX_ADDRESS_LENGTH, MAX_EXTERNAL_ID_LENGTH } from '../../domain/device-row.ts'
import { ATTEMPT_STATES } from '../../results/read-attempts.ts'
import { Exact, Id, Nullable, OneOf, PageQuery, Time } from '../http/common-schemas.ts'
import { AddressesQuery, CsvQuery } from '../http/export-schemas.ts'

const DeliveryFilterQuery = {
  state: Type.Optional(OneOf(LISTED_STATES)),
  code: Type.Optional(
    OneOf(CODE_NAMES, { description: `Only together with state=${NOT_SENT_STATES.join(' or ')}` }),
  ),
  member: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: MAX_EXTERNAL_ID_LENGTH,
      description: 'The externalId of a member',
    }),
  ),
  address: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: MAX_ADDRESS_LENGTH,
      description:
        'A complete registration token or installation id. Deprecated in a query, which proxies write into their logs: POST …/deliveries/find takes it in the body',
    }),
  ),
}

const MessageVersion = Nullable(
  Type.Integer({
    description:
      'Which text it was sent: a version of GET /v1/campaigns/{id}/messages. null: it was not sent to, or it is not known',
  }),
)

const CappedBy = Nullable(
  Type.String({
    format: 'uuid',
    description:
      'Of a device that was left out because of a frequency cap (code capped): the campaign that has used it up. It may have been deleted since',
  }),
)

/** Of the sentences in a CSV file. Its columns, states and codes are the same in each: programs read them. */
const CSV_LANGUAGES = ['en', 'ko'] as const
export type CsvLanguage = (typeof CSV_LANGUAGES)[number]

/** Also in a body: a query is in the logs of every proxy. */
export const DeliveryListQuery = Exact({ ...PageQuery, ...DeliveryFilterQuery })
export const DeliveryExportQuery = Exact({
  ...DeliveryFilterQuery,
  ...AddressesQuery,
  ...CsvQuery,
  timezone: Type.Optional(
    Type.String({
      maxLength: 64,
      description: 'Of the reader, for the date in the name of the file; default: UTC',
    }),
  ),
  language: OneOf(CSV_LANGUAGES, { description: 'Of the column `meaning`', default: 'en' }),
})
export const MemberListQuery = Exact(PageQuery)
export const DeliveryReply = Type.Object({
  deviceId: Type.String(),
  externalId: Nullable(Type.String({ description: 'null if the device was deleted since' })),
  platform: Nullable(OneOf(PLATFORMS)),
  address: Nullable(Type.String({ description: 'The last 8 characters' })),
  kind: Nullable(OneOf(ADDRESS_KINDS)),
  state: OneOf(LISTED_STATES),
  code: Nullable(OneOf(CODE_NAMES)),
  meaning: Type.String(),
  messageId: Nullable(Type.String()),
  cappedBy: CappedBy,
  messageVersion: MessageVersion,
  attempt: Nullable(Type.Integer()),
  sentAt: Nullable(Time),
})

export const DeviceParams = Exact({
  id: Id,
  deviceId: Type.String({ pattern: '^[0-9]{1,15}$', description: '"deviceId" of a delivery' }),
})

export const AttemptsReply = Type.Object({
  data: Type.Array(
    Type.Object({
      campaignId: Id,
      resendOf: Nullable(
        Type.String({ format: 'uuid', description: 'null for the first campaign of the chain' }),
      ),
      resendOnly: Nullable(OneOf(RESENT)),
      campaignState: OneOf(CAMPAIGN_STATES),
      state: OneOf(ATTEMPT_STATES),
      code: Nullable(OneOf(CODE_NAMES)),
      meaning: Type.String(),
      attempt: Nullable(Type.Integer({ description: 'The attempt at its batch that produced the result' })),
      messageId: Nullable(Type.String()),
      cappedBy: CappedBy,
      messageVersion: MessageVersion,
      sentAt: Nullable(Time),
    }),
  ),
})

const AsOf = Type.String({
  format: 'date-time',
  description: 'When this was read: all figures are of that moment',
})

export const FailuresReply = Type.Object({
  asOf: AsOf,
  data: Type.Array(
    Type.Object({
      state: OneOf(NOT_SENT_STATES),
      code: OneOf(CODE_NAMES),
      count: Type.Integer(),
      meaning: Type.String(),
      advice: Type.String(),
      fcmSaid: Nullable(
        Type.String({
          description: 'FCM’s first answer with this code, in its own words, without addresses',
        }),
      ),
    }),
  ),
})

const Results = countsOf((state) => Type.Integer({ description: DELIVERY_STATES[state].meaning }))

export const TimelineReply = Type.Object({
  asOf: AsOf,
  bucketSeconds: Type.Integer({ description: 'The shortest length that needs at most 240 entries' }),
  data: Type.Array(Type.Object({ at: Time, ...Results }), {
    description: 'One entry per bucketSeconds from the first result to the last; the sums equal the progress',
  }),
  pauses: Type.Array(
    Type.Object({
      from: Time,
      to: Nullable(Type.String({ format: 'date-time', description: 'null: it is paused' })),
      reason: Nullable(OneOf(PAUSE_REASONS)),
      isCanceled: Type.Boolean({
        description: 'It ended because the campaign was canceled, and not by a resume',
      }),
    }),
    { description: 'The first 100, the oldest first' },
  ),
  pushedBack: Type.Array(Time, {
    description:
      'When FCM asked for fewer messages (429): at most one in ten seconds, fewer the longer it takes, and 200',
  }),
})
export type TimelineReply = Static<typeof TimelineReply>

export const MemberDeliveryReply = Type.Object({
  campaignId: Id,
  campaignName: Type.String(),
  resendOf: Nullable(
    Type.String({ format: 'uuid', description: 'The campaign is a resend of that campaign' }),
  ),
  deviceId: Type.String(),
  platform: OneOf(PLATFORMS),
  address: Type.String({ description: 'The last 8 characters' }),
  kind: OneOf(ADDRESS_KINDS),
  state: OneOf(STATE_NAMES),
  code: OneOf(CODE_NAMES),
  meaning: Type.String(),
  messageId: Nullable(Type.String()),
  cappedBy: CappedBy,
  messageVersion: MessageVersion,
  attempt: Type.Integer(),
  sentAt: Time,
})

export const RecordedPosition = Exact({
  deviceId: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
  code: Type.Optional(Type.Integer({ minimum: 0, maximum: 32_767 })),
  seq: Type.Optional(Type.Integer({ minimum: 0, maximum: 2_147_483_647 })),
})

export const MemberListPosition = Exact({
  campaignId: Id,
  deviceId: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
})

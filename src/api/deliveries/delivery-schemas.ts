/** Queries and answers of the routes that say who got a message, who did not, and why. */
import Type, { type Static } from 'typebox'
import { CAMPAIGN_STATES, PLATFORMS, RESENT } from '../../domain/campaign.ts'
import {
  DELIVERY_CODES,
  DELIVERY_STATES,
  type DeliveryCode,
  type DeliveryState,
} from '../../domain/delivery-result.ts'
import { MAX_EXTERNAL_ID_LENGTH, MAX_TOKEN_LENGTH } from '../../domain/device-row.ts'
import { ATTEMPT_STATES } from '../../results/read-attempts.ts'
import { LISTED_STATES } from '../../results/read-deliveries.ts'
import { Exact, Id, Nullable, OneOf, PageQuery, Time } from '../http/common-schemas.ts'

const codes = Object.keys(DELIVERY_CODES) as DeliveryCode[]
const states = Object.keys(DELIVERY_STATES) as DeliveryState[]

export const DeliveryFilterQuery = {
  state: Type.Optional(OneOf(LISTED_STATES)),
  code: Type.Optional(OneOf(codes, { description: 'Together with state=failed, skipped or in_doubt' })),
  member: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: MAX_EXTERNAL_ID_LENGTH,
      description: 'The externalId of a member',
    }),
  ),
  token: Type.Optional(
    Type.String({ minLength: 1, maxLength: MAX_TOKEN_LENGTH, description: 'A whole registration token' }),
  ),
}

export const DeliveryListQuery = Exact({ ...PageQuery, ...DeliveryFilterQuery })
export const DeliveryExportQuery = Exact(DeliveryFilterQuery)
export const MemberListQuery = Exact(PageQuery)
export const DeliveryReply = Type.Object({
  deviceId: Type.String(),
  externalId: Nullable(Type.String({ description: 'null: the device was deleted since' })),
  platform: Nullable(OneOf(PLATFORMS)),
  token: Nullable(Type.String({ description: 'Its last 8 characters' })),
  state: OneOf(LISTED_STATES),
  code: Nullable(OneOf(codes)),
  meaning: Type.String(),
  messageId: Nullable(Type.String()),
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
      resendOf: Nullable(Type.String({ format: 'uuid', description: 'null: the first of the chain' })),
      resendOnly: Nullable(OneOf(RESENT)),
      campaignState: OneOf(CAMPAIGN_STATES),
      state: OneOf(ATTEMPT_STATES),
      code: Nullable(OneOf(codes)),
      meaning: Type.String(),
      attempt: Nullable(
        Type.Integer({
          description: 'The try at its batch that brought the result; those before it brought none',
        }),
      ),
      messageId: Nullable(Type.String()),
      sentAt: Nullable(Time),
    }),
  ),
})

export const FailuresReply = Type.Object({
  data: Type.Array(
    Type.Object({
      state: OneOf(states.filter((state) => state !== 'sent')),
      code: OneOf(codes),
      count: Type.Integer(),
      meaning: Type.String(),
      advice: Type.String(),
    }),
  ),
})

const Results = {
  sent: Type.Integer(),
  failed: Type.Integer(),
  skipped: Type.Integer(),
  inDoubt: Type.Integer(),
}

export const TimelineReply = Type.Object({
  bucketSeconds: Type.Integer({ description: 'As small as 240 entries allow' }),
  data: Type.Array(Type.Object({ at: Time, ...Results }), {
    description:
      'One entry for every bucketSeconds from the first result to the last; their sums are the progress',
  }),
})
export type TimelineReply = Static<typeof TimelineReply>

export const MemberDeliveryReply = Type.Object({
  campaignId: Id,
  campaignName: Type.String(),
  resendOf: Nullable(
    Type.String({ format: 'uuid', description: 'It was sent again: the campaign of the time before' }),
  ),
  deviceId: Type.String(),
  platform: OneOf(PLATFORMS),
  token: Type.String(),
  state: OneOf(states),
  code: OneOf(codes),
  meaning: Type.String(),
  messageId: Nullable(Type.String()),
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

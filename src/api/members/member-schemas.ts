/** Queries and answers of the routes that show members and their devices. */
import Type, { type Static } from 'typebox'
import { PLATFORMS } from '../../domain/campaign.ts'
import { DELIVERY_CODES, type DeliveryCode } from '../../domain/delivery-result.ts'
import { MAX_TOKEN_LENGTH } from '../../domain/device-row.ts'
import { Exact, Nullable, OneOf, PageQuery, Time } from '../http/common-schemas.ts'

export const MemberSearchQuery = Exact({
  ...PageQuery,
  search: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: MAX_TOKEN_LENGTH,
      description: 'How an externalId begins, or a whole registration token',
    }),
  ),
})

const memberFields = {
  externalId: Type.String(),
  locale: Nullable(Type.String()),
  timezone: Nullable(Type.String()),
  optedOut: Type.Boolean(),
  devices: Type.Integer({ description: 'How many, living or gone' }),
  createdAt: Time,
}

export const MemberReply = Type.Object(memberFields)
export type MemberReply = Static<typeof MemberReply>

export const MemberDetailReply = Type.Object({
  ...memberFields,
  attributes: Type.Unsafe<Record<string, unknown>>({ type: 'object', additionalProperties: true }),
  deviceList: Type.Array(
    Type.Object({
      deviceId: Type.String(),
      platform: OneOf(PLATFORMS),
      token: Type.String({ description: 'Its last 8 characters' }),
      state: OneOf(['active', 'gone']),
      lastSeenAt: Time,
      goneAt: Nullable(Time),
      goneCode: Nullable(OneOf(Object.keys(DELIVERY_CODES) as DeliveryCode[])),
      goneMeaning: Nullable(Type.String()),
    }),
    { description: 'The latest seen first, at most 200' },
  ),
})
export type MemberDetailReply = Static<typeof MemberDetailReply>

export const MemberPosition = Exact({ externalId: Type.String({ minLength: 1 }) })

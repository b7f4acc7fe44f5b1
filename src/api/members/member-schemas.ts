/** Queries and replies of the routes that show members and their devices. */
import Type, { type Static } from 'typebox'
import { PLATFORMS } from '../../domain/campaign.ts'
import { CODE_NAMES } from '../../domain/delivery-result.ts'
import { MAX_ADDRESS_LENGTH } from '../../domain/device-row.ts'
import { Exact, Nullable, OneOf, PageQuery, Time } from '../http/common-schemas.ts'

export const MemberSearchQuery = Exact({
  ...PageQuery,
  search: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: MAX_ADDRESS_LENGTH,
      description: 'The beginning of an externalId, or a complete registration token',
    }),
  ),
})

const memberFields = {
  externalId: Type.String(),
  locale: Nullable(Type.String()),
  timezone: Nullable(Type.String()),
  optedOut: Type.Boolean(),
  devices: Type.Integer({ description: 'Number of devices, active or gone' }),
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
      token: Type.String({ description: 'The last 8 characters' }),
      state: OneOf(['active', 'gone']),
      lastSeenAt: Time,
      goneAt: Nullable(Time),
      goneCode: Nullable(OneOf(CODE_NAMES)),
      goneMeaning: Nullable(Type.String()),
    }),
    { description: 'Most recently seen first, at most 200' },
  ),
})
export type MemberDetailReply = Static<typeof MemberDetailReply>

export const MemberPosition = Exact({ externalId: Type.String({ minLength: 1 }) })

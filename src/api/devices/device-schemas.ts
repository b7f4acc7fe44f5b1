/** Bodies and answers of the device routes. */
import Type from 'typebox'
import { PLATFORMS } from '../../domain/campaign.ts'
import { MAX_EXTERNAL_ID_LENGTH, REJECTION_CODES } from '../../domain/device-row.ts'
import { Exact, Nullable, OneOf } from '../http/common-schemas.ts'

export const AddressParams = Exact({
  address: Type.String({
    minLength: 1,
    description: 'The registration token or installation id that Firebase gave the app, URL-encoded',
  }),
})

/** What is left out stays as it was; null takes it away. */
export const DeviceBody = Exact({
  externalId: Type.String({ minLength: 1, maxLength: MAX_EXTERNAL_ID_LENGTH }),
  platform: OneOf(PLATFORMS),
  locale: Type.Optional(Nullable(Type.String({ description: 'A language tag, "de-AT"' }))),
  timezone: Type.Optional(Nullable(Type.String({ description: 'A name, "Europe/Vienna"' }))),
  attributes: Type.Optional(
    Type.Unsafe<Record<string, unknown>>({
      type: 'object',
      additionalProperties: true,
      description: 'Replaces the attributes of the member',
    }),
  ),
  optedOut: Type.Optional(Type.Boolean()),
})

export const DeviceReply = Type.Object({
  result: OneOf(['created', 'updated', 'moved'], {
    description: 'moved: the address was known under another member, and is this one’s now',
  }),
  externalId: Type.String(),
  platform: OneOf(PLATFORMS),
})

export const ImportQuery = Exact({
  revive: Type.Optional(Type.Boolean({ description: 'Reactivate addresses that FCM reported as expired' })),
})

export const ImportReply = Type.Object({
  lines: Type.Integer({ description: 'Lines that held something, without the header' }),
  accepted: Type.Integer({ description: 'created + updated + moved + repeated' }),
  created: Type.Integer(),
  updated: Type.Integer({ description: 'Known before' }),
  moved: Type.Integer({ description: 'Known before under another member' }),
  repeated: Type.Integer({ description: 'The address came again close behind; the later line counts' }),
  rejected: Type.Integer(),
  rejectedLines: Type.Array(
    Type.Object({ line: Type.Integer(), code: OneOf(REJECTION_CODES), reason: Type.String() }),
    { description: 'The first 1,000' },
  ),
  rejectedTruncated: Type.Boolean(),
})

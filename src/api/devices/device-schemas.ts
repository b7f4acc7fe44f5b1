/** Bodies and answers of the device routes. */
import Type from 'typebox'
import { PLATFORMS } from '../../domain/campaign.ts'
import { MAX_EXTERNAL_ID_LENGTH } from '../../domain/device-row.ts'
import { Exact, Nullable, OneOf } from '../http/common-schemas.ts'

export const TokenParams = Exact({
  token: Type.String({ minLength: 1, description: 'The registration token FCM gave the app, URL-encoded' }),
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
    description: 'moved: the token was known under another member, and is this one’s now',
  }),
  externalId: Type.String(),
  platform: OneOf(PLATFORMS),
})

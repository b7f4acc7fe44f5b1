/** Bodies and replies of the API key routes. The console imports the types. */
import Type from 'typebox'
import { VISIBLE } from '../../domain/clean-text.ts'
import { ROLES } from '../../domain/permissions.ts'
import { Exact, Id, Nullable, OneOf, Time } from '../http/common-schemas.ts'

export const NewApiKeyBody = Exact({
  name: Type.String({
    minLength: 1,
    maxLength: 100,
    pattern: VISIBLE,
    description: 'a text that is not blank',
  }),
  role: OneOf(ROLES),
  expiresAt: Type.Optional(Nullable(Time)),
})

const fields = {
  id: Id,
  name: Type.String(),
  prefix: Type.String({ description: 'The first characters of the key' }),
  role: OneOf(ROLES),
  createdAt: Time,
  expiresAt: Nullable(Time),
  lastUsedAt: Nullable(Time),
  revokedAt: Nullable(Time),
}
export const ApiKeyReply = Type.Object(fields)
export const NewApiKeyReply = Type.Object({
  ...fields,
  key: Nullable(
    Type.String({
      description:
        'Returned this once. null if this reply is a replay: revoke the key and create another one',
    }),
  ),
})

/** API keys as they are asked for and shown. The console imports the types. */
import Type from 'typebox'
import { ROLES } from '../../access/api-key.ts'
import { Exact, Id, Nullable, OneOf, Time } from '../http/common-schemas.ts'

export const NewApiKeyBody = Exact({
  name: Type.String({
    minLength: 1,
    maxLength: 100,
    pattern: '\\S',
    description: 'a text that is not empty',
  }),
  role: OneOf(ROLES),
  expiresAt: Type.Optional(Nullable(Time)),
})

const fields = {
  id: Id,
  name: Type.String(),
  prefix: Type.String({ description: 'How the key begins' }),
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
      description: 'Shown this once. null when this answer is a replay: revoke it and make another',
    }),
  ),
})

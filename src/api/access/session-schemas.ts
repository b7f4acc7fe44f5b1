/** Sessions as they are asked for and shown. The console imports the types. */
import Type, { type Static } from 'typebox'
import { ROLES } from '../../access/api-key.ts'
import { PASSWORD_LENGTH } from '../../domain/password-length.ts'
import { Exact, OneOf, Time } from '../http/common-schemas.ts'

/** `writeOnly` also keeps the value out of the sentence that refuses it. */
export const SignInBody = Exact(
  {
    name: Type.Optional(Type.String({ minLength: 1, maxLength: 100 })),
    password: Type.Optional(Type.String({ minLength: 1, maxLength: PASSWORD_LENGTH.max, writeOnly: true })),
    apiKey: Type.Optional(Type.String({ minLength: 1, maxLength: 200, writeOnly: true })),
  },
  { description: 'name and password, or apiKey' },
)
export type SignInBody = Static<typeof SignInBody>

export const SessionReply = Type.Object({
  kind: OneOf(['user', 'api_key'] as const),
  name: Type.String({ description: 'Of the user or the API key' }),
  role: OneOf(ROLES),
  expiresAt: Type.String({
    ...Time,
    description: 'When it ends at the latest; 12 hours without a request end it sooner',
  }),
})
export type SessionReply = Static<typeof SessionReply>

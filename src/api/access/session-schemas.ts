/** Bodies and replies of the session routes. The console imports the types. */
import Type, { type Static } from 'typebox'
import { PASSWORD_LENGTH } from '../../domain/password-length.ts'
import { PERMISSIONS, ROLES } from '../../domain/permissions.ts'
import { Exact, OneOf, Time } from '../http/common-schemas.ts'

/** `writeOnly` also keeps the value out of error messages. */
export const SignInBody = Exact(
  {
    name: Type.Optional(Type.String({ minLength: 1, maxLength: 100 })),
    password: Type.Optional(Type.String({ minLength: 1, maxLength: PASSWORD_LENGTH.max, writeOnly: true })),
    apiKey: Type.Optional(Type.String({ minLength: 1, maxLength: 200, writeOnly: true })),
  },
  { description: 'name and password, or apiKey' },
)
export type SignInBody = Static<typeof SignInBody>

export const OwnPasswordBody = Exact({
  password: Type.String({
    minLength: 1,
    maxLength: PASSWORD_LENGTH.max,
    writeOnly: true,
    description: 'The current one',
  }),
  newPassword: Type.String({
    minLength: PASSWORD_LENGTH.min,
    maxLength: PASSWORD_LENGTH.max,
    writeOnly: true,
  }),
})

export const SessionReply = Type.Object({
  kind: OneOf(['user', 'api_key'] as const),
  name: Type.String({ description: 'Name of the user or of the API key' }),
  role: OneOf(ROLES),
  permissions: Type.Array(OneOf(PERMISSIONS), {
    description:
      'Those of the role; of an API key never users:manage and keys:manage, and only what it is limited to',
  }),
  expiresAt: Type.String({
    ...Time,
    description: 'The latest end of the session; it ends earlier after 12 hours without a request',
  }),
})
export type SessionReply = Static<typeof SessionReply>

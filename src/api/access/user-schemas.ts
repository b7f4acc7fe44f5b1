/** Bodies and replies of the user routes. The console imports the types. */
import Type, { type Static } from 'typebox'
import { PASSWORD_LENGTH } from '../../domain/password-length.ts'
import { ROLES } from '../../domain/permissions.ts'
import { Exact, Id, Nullable, OneOf, Time } from '../http/common-schemas.ts'

/** `writeOnly` also keeps the value out of error messages. */
const Password = Type.String({
  minLength: PASSWORD_LENGTH.min,
  maxLength: PASSWORD_LENGTH.max,
  writeOnly: true,
})

export const NewUserBody = Exact({
  name: Type.String({
    minLength: 1,
    maxLength: 100,
    pattern: '^\\S(.*\\S)?$',
    description: 'a text that does not begin or end with a space',
  }),
  role: OneOf(ROLES),
  password: Password,
})
export type NewUserBody = Static<typeof NewUserBody>

export const UserChangeBody = Exact(
  {
    role: Type.Optional(OneOf(ROLES)),
    disabled: Type.Optional(
      Type.Boolean({ description: 'true: all sessions of the user end, and the user cannot sign in' }),
    ),
    password: Type.Optional(Password),
    secondFactor: Type.Optional(
      Type.Literal(false, { description: 'takes the second factor away; only the user can set one up' }),
    ),
  },
  { minProperties: 1, description: 'at least one of role, disabled, password and secondFactor' },
)
export type UserChangeBody = Static<typeof UserChangeBody>

export const UserReply = Type.Object({
  id: Id,
  name: Type.String(),
  role: OneOf(ROLES),
  createdAt: Time,
  disabledAt: Nullable(Time),
  lastSeenAt: Nullable(Time),
  hasSecondFactor: Type.Boolean(),
})
export type UserReply = Static<typeof UserReply>

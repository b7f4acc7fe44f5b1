/** Bodies and replies of the session routes. The console imports the types. */
import Type, { type Static } from 'typebox'
import { PASSWORD_LENGTH } from '../../domain/password-length.ts'
import { PERMISSIONS, ROLES } from '../../domain/permissions.ts'
import { Exact, Id, Nullable, OneOf, Time } from '../http/common-schemas.ts'

const Code = Type.String({
  minLength: 1,
  maxLength: 40,
  writeOnly: true,
  description: 'Six digits of the app, or a recovery code; each is taken once',
})

/** `writeOnly` also keeps the value out of error messages. */
export const SignInBody = Exact(
  {
    name: Type.Optional(Type.String({ minLength: 1, maxLength: 100 })),
    password: Type.Optional(Type.String({ minLength: 1, maxLength: PASSWORD_LENGTH.max, writeOnly: true })),
    code: Type.Optional(Code),
    apiKey: Type.Optional(Type.String({ minLength: 1, maxLength: 200, writeOnly: true })),
  },
  { description: 'name and password, with the code of the second factor if the user has one; or apiKey' },
)
export type SignInBody = Static<typeof SignInBody>

export const ConfirmBody = Exact(
  {
    password: Type.Optional(Type.String({ minLength: 1, maxLength: PASSWORD_LENGTH.max, writeOnly: true })),
    code: Type.Optional(Code),
    apiKey: Type.Optional(Type.String({ minLength: 1, maxLength: 200, writeOnly: true })),
  },
  {
    description: 'password of the user or a code of the second factor, or the apiKey that has signed in',
    minProperties: 1,
  },
)
export type ConfirmBody = Static<typeof ConfirmBody>

export const OwnSessionsReply = Type.Object({
  data: Type.Array(
    Type.Object({
      id: Id,
      isThisOne: Type.Boolean({ description: 'The one that asks' }),
      createdAt: Type.String({ ...Time, description: 'The sign-in' }),
      seenAt: Type.String({ ...Time, description: 'The last request, to the minute' }),
      expiresAt: Time,
      address: Nullable(Type.String({ description: 'Of the client, at the sign-in' })),
      browser: Nullable(Type.String({ description: 'What it called itself (User-Agent)' })),
    }),
  ),
})

export const CodeBody = Exact({ code: Code })

export const SecondFactorReply = Type.Object({
  onSince: Nullable(Time),
  recoveryCodesLeft: Type.Integer(),
})

export const BegunSecondFactorReply = Type.Object({
  secret: Type.String({ description: 'For the app, if the url cannot be used. Shown once' }),
  url: Type.String({ description: 'otpauth://…, for a link or a QR code' }),
})

export const RecoveryCodesReply = Type.Object({
  recoveryCodes: Type.Array(Type.String(), { description: 'Shown once; each can replace a code once' }),
})

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

/** Bodies and replies of the API key routes. The console imports the types. */
import Type from 'typebox'
import { MOST_RANGES } from '../../access/allowed-addresses.ts'
import { VISIBLE } from '../../domain/clean-text.ts'
import { PERMISSIONS, ROLES } from '../../domain/permissions.ts'
import { DEFAULT_LIMIT, Exact, Id, Nullable, OneOf, Time } from '../http/common-schemas.ts'

export const NewApiKeyBody = Exact({
  name: Type.String({
    minLength: 1,
    maxLength: 100,
    pattern: VISIBLE,
    description: 'a text that is not blank',
  }),
  role: OneOf(ROLES),
  permissions: Type.Optional(
    Type.Array(OneOf(PERMISSIONS), {
      maxItems: PERMISSIONS.length,
      uniqueItems: true,
      description:
        'What it is limited to, of what keys of the role may do. Left out or empty: all of that. No key has users:manage and keys:manage',
    }),
  ),
  allowedAddresses: Type.Optional(
    Type.Array(Type.String({ maxLength: 50 }), {
      maxItems: MOST_RANGES,
      description:
        'Addresses and ranges of the clients that may use it, IPv4 and IPv6: 203.0.113.7, 2001:db8::/32. Left out or empty: any',
    }),
  ),
  expiresAt: Type.Optional(Nullable(Time)),
})

const LONGEST_OVERLAP_HOURS = 30 * 24
export const DEFAULT_OVERLAP_HOURS = 24

export const RotateBody = Type.Unsafe<{ overlapHours?: number } | null>({
  type: ['object', 'null'],
  additionalProperties: false,
  properties: {
    overlapHours: {
      type: 'number',
      minimum: 0,
      maximum: LONGEST_OVERLAP_HOURS,
      description: `How long the secret of before works on. Default: ${DEFAULT_OVERLAP_HOURS}; 0 ends it, and all before it, now`,
    },
  },
})

/** A key with all that it may have takes 4 KB. */
export const KeyLimit = Type.Optional(Type.Integer({ minimum: 1, maximum: 200, default: DEFAULT_LIMIT }))

const fields = {
  id: Id,
  name: Type.String(),
  prefix: Type.String({ description: 'The first characters of the key' }),
  role: OneOf(ROLES),
  permissions: Type.Array(OneOf(PERMISSIONS), { description: 'What it may do now' }),
  isLimited: Type.Boolean({ description: 'It may do less than other keys of its role' }),
  allowedAddresses: Type.Array(Type.String(), { description: 'Empty: it may be used from anywhere' }),
  createdAt: Time,
  rotatedAt: Nullable(Time),
  expiresAt: Nullable(Time),
  lastUsedAt: Nullable(Time),
  revokedAt: Nullable(Time),
  oldSecrets: Type.Array(
    Type.Object({
      prefix: Type.String(),
      endsAt: Time,
      lastUsedAt: Nullable(Time),
    }),
    { description: 'Secrets from before a rotation that still work' },
  ),
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

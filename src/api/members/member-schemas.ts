/** Queries and replies of the routes that show members and their devices. */
import Type, { type Static } from 'typebox'
import { CONSENT_SOURCES } from '../../audience/read-members.ts'
import { ADDRESS_KINDS } from '../../domain/address.ts'
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
      description:
        'The beginning of an externalId; if none begins so, any part of one, in upper or lower case; or a complete address',
    }),
  ),
})

const Attributes = Type.Unsafe<Record<string, unknown>>({ type: 'object', additionalProperties: true })

const SaidAt = Type.String({ format: 'date-time', description: 'When the member said so, as consentAt' })

export const MemberChangesBody = Exact(
  {
    optedOut: Type.Optional(
      Type.Boolean({ description: 'true: no campaign reaches the member any more. false: back in' }),
    ),
    consentAt: Type.Optional(
      Type.String({
        format: 'date-time',
        description:
          'When the member said so; default: now. Refused (409 consent_superseded) if a later statement to the contrary is known',
      }),
    ),
    marketingConsent: Type.Optional(
      Type.Boolean({
        description: 'Consent to advertising; false withdraws it, or says that it was refused',
      }),
    ),
    marketingConsentAt: Type.Optional(SaidAt),
    nightConsent: Type.Optional(Type.Boolean({ description: 'The same for advertising at night' })),
    nightConsentAt: Type.Optional(SaidAt),
    locale: Type.Optional(Nullable(Type.String({ description: 'A language tag, "de-AT"; null: none' }))),
    timezone: Type.Optional(Nullable(Type.String({ description: 'A name, "Europe/Vienna"; null: none' }))),
    attributes: Type.Optional({
      ...Attributes,
      description: 'Replaces all attributes, as registration and import do: what is left out is gone',
    }),
  },
  { minProperties: 1, description: 'at least one field to change' },
)

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

const ConsentReply = Type.Object({
  since: Nullable(
    Type.String({
      format: 'date-time',
      description: 'When it was given, or confirmed last; null: there is no consent, or it was withdrawn',
    }),
  ),
  saidAt: Nullable(
    Type.String({
      format: 'date-time',
      description: 'When the statement was made that this comes from; null: none with a time is known',
    }),
  ),
  source: Nullable(OneOf(CONSENT_SOURCES, { description: 'null: nothing was ever said' })),
  by: Nullable(Type.String({ format: 'uuid', description: 'The user or the API key that it came from' })),
  byName: Nullable(Type.String({ description: 'null if it no longer exists' })),
})

export const MemberDetailReply = Type.Object({
  ...memberFields,
  attributes: Attributes,
  consentAt: Nullable(
    Type.String({
      format: 'date-time',
      description:
        'When the statement was made that optedOut comes from; null: no statement with a time is known',
    }),
  ),
  consentSource: Nullable(
    OneOf(CONSENT_SOURCES, { description: 'person: entered in the console or by PATCH' }),
  ),
  consentBy: Nullable(
    Type.String({ format: 'uuid', description: 'The user or the API key that it came from' }),
  ),
  consentByName: Nullable(Type.String({ description: 'null if it no longer exists' })),
  consents: Type.Object(
    { marketing: ConsentReply, night: ConsentReply },
    { description: 'To advertising, and to advertising at night' },
  ),
  editedAt: Nullable(
    Type.String({ format: 'date-time', description: 'When the last change by PATCH was recorded' }),
  ),
  editedBy: Nullable(Type.String({ format: 'uuid', description: 'The user or the API key that made it' })),
  editedByName: Nullable(Type.String({ description: 'null if it no longer exists' })),
  deviceList: Type.Array(
    Type.Object({
      deviceId: Type.String(),
      platform: OneOf(PLATFORMS),
      address: Type.String({ description: 'The last 8 characters' }),
      kind: OneOf(ADDRESS_KINDS),
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

export const ErasureReply = Type.Object({
  devices: Type.Integer({ description: 'Deleted with the member' }),
  campaigns: Type.Integer({ description: 'Named the member in their audience, and do not any more' }),
})
export type ErasureReply = Static<typeof ErasureReply>

export const MemberPosition = Exact({
  externalId: Type.String({ minLength: 1 }),
  isWithin: Type.Optional(Type.Boolean()),
})

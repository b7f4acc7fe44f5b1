/** Bodies and answers of the device routes. */
import Type from 'typebox'
import { ADDRESS_KINDS } from '../../domain/address.ts'
import { PLATFORMS } from '../../domain/campaign.ts'
import { MAX_ADDRESS_LENGTH, MAX_EXTERNAL_ID_LENGTH } from '../../domain/device-row.ts'
import { Exact, Nullable, OneOf } from '../http/common-schemas.ts'

export const AddressParams = Exact({
  address: Type.String({
    minLength: 1,
    description: 'The registration token or installation id that Firebase gave the app, URL-encoded',
  }),
})

const ConsentTime = Nullable(
  Type.String({
    format: 'date-time',
    description:
      'When the person said so; the later statement counts. Left out: now, and a consent that is known keeps the day on which it was given',
  }),
)

/** Said once, in the body: what is in a path is in the logs of every proxy, and an address is what messages are sent to. */
const Address = Type.String({
  minLength: 1,
  maxLength: MAX_ADDRESS_LENGTH,
  description: 'The registration token or installation id that Firebase gave the app',
})

export const DeleteDeviceBody = Exact({ address: Address })

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
  optedOut: Type.Optional(
    Type.Boolean({
      description:
        'What the person has said in the app. true opts the member out, and does not reactivate a device that is gone; false lifts an opt-out',
    }),
  ),
  consentAt: Type.Optional(
    Nullable(
      Type.String({
        format: 'date-time',
        description: 'When the person said so; the later statement counts. Left out: now',
      }),
    ),
  ),
  marketingConsent: Type.Optional(
    Type.Boolean({
      description:
        'Whether the person consents to advertising, as the switch in the app stands; false withdraws it. Left out: nothing is said',
    }),
  ),
  marketingConsentAt: Type.Optional(ConsentTime),
  nightConsent: Type.Optional(Type.Boolean({ description: 'The same for advertising at night' })),
  nightConsentAt: Type.Optional(ConsentTime),
  kind: Type.Optional(
    Nullable(OneOf(ADDRESS_KINDS, { description: 'Of the address; told by its form if left out' })),
  ),
  replaces: Type.Optional(
    Nullable(
      Type.String({
        minLength: 1,
        description:
          'The address the app had before. It is retired, and the device keeps its history and its place in campaigns',
      }),
    ),
  ),
  installationId: Type.Optional(
    Nullable(
      Type.String({
        description:
          'The app’s own id of its installation, or of the phone. A device that has it already, with another address, is this one',
      }),
    ),
  ),
})

export const RegisterBody = Exact({ address: Address, ...DeviceBody.properties })

export const DeviceReply = Type.Object({
  kind: OneOf(ADDRESS_KINDS),
  result: OneOf(['created', 'updated', 'moved', 'replaced', 'retired'], {
    description:
      'moved: the address was known under another member, and is this one’s now. replaced: the device had another address until now. retired: the app has got another address less than an hour ago, and this one stays inactive',
  }),
  externalId: Type.String(),
  platform: OneOf(PLATFORMS),
})

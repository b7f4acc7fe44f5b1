/** Tests of a campaign: what is sent, what came of it, and the record of those before. */
import Type, { type Static } from 'typebox'
import { ADDRESS_KINDS } from '../../domain/address.ts'
import { CODE_NAMES } from '../../domain/delivery-result.ts'
import { MAX_ADDRESS_LENGTH } from '../../domain/device-row.ts'
import { Exact, Id, Nullable, OneOf, Time } from '../http/common-schemas.ts'

const Named = (description: string) =>
  Type.Optional(
    Type.Array(Type.String({ minLength: 1, maxLength: 2048 }), { minItems: 1, maxItems: 20, description }),
  )

export const TestBody = Exact(
  {
    addresses: Type.Optional(
      Type.Array(
        Exact({
          address: Type.String({ minLength: 1, maxLength: MAX_ADDRESS_LENGTH }),
          kind: Type.Optional(OneOf(ADDRESS_KINDS, { description: 'Told by the form if left out' })),
        }),
        { minItems: 1, maxItems: 20, description: 'Also of devices that are not registered here' },
      ),
    ),
    externalIds: Named('Members; the test is sent to all their active devices'),
    validateOnly: Type.Optional(
      Type.Boolean({ description: 'FCM validates the message and delivers nothing' }),
    ),
  },
  { description: 'addresses, externalIds, or both' },
)

const Tested = {
  id: Type.String({ format: 'uuid', description: 'Of the record' }),
  version: Type.Integer({ description: 'Of the campaign whose message was sent' }),
  messageVersion: Type.Integer(),
  messageHash: Type.String({ description: 'As in the campaign: the text that was sent' }),
}

const Result = Type.Object({
  address: Nullable(Type.String({ description: 'Its last 8 characters' })),
  kind: Nullable(OneOf(ADDRESS_KINDS)),
  externalId: Nullable(Type.String()),
  outcome: OneOf([
    'sent',
    'retry_later',
    'token_gone',
    'rejected',
    'in_doubt',
    'blocked',
    'skipped',
    'no_device',
    'unknown',
    'not_sent',
  ]),
  code: Nullable(OneOf(CODE_NAMES)),
  meaning: Type.String(),
  advice: Type.String(),
  fcmSaid: Nullable(
    Type.String({ description: 'FCM’s answer in its own words, without addresses; null if it accepted' }),
  ),
  messageId: Nullable(Type.String()),
})

export const TestReply = Type.Object({ ...Tested, data: Type.Array(Result) })

export const TestRecordReply = Type.Object({
  ...Tested,
  validateOnly: Type.Boolean(),
  sentAt: Time,
  sentBy: Type.String({ description: 'The id of a user or of an API key' }),
  sentByName: Nullable(Type.String()),
  devices: Type.Integer({ description: 'Messages: without those who were left out' }),
  failure: Nullable(Type.String({ description: 'The code of the error, if nothing was sent' })),
  data: Type.Array(Result, {
    description:
      'unknown: its answer is awaited, or the process ended before it came. externalId and address are null of who was erased since',
  }),
})
export type TestRecordReply = Static<typeof TestRecordReply>

export const TestPosition = Exact({ id: Id })

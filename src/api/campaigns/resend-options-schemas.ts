/** Reply of the resend options. The console imports its types from here. */
import Type, { type Static } from 'typebox'
import { RESENT } from '../../domain/campaign.ts'
import { CODE_NAMES } from '../../domain/delivery-result.ts'
import { Id, Nullable, OneOf, Time } from '../http/common-schemas.ts'

const devices = Type.Integer({ description: 'All that have this result, also those of an earlier resend' })
const active = Nullable(
  Type.Integer({
    description:
      'Of them, those that are active now: the others would be skipped. null: too many to be counted at once (100,000 together, the smallest reasons first)',
  }),
)

export const ResendOptionsReply = Type.Object({
  asOf: Time,
  version: Type.Integer({ description: 'Of the campaign' }),
  choices: Type.Array(
    Type.Object({
      only: OneOf(RESENT),
      devices,
      active,
      resentBy: Nullable(
        Type.String({ format: 'uuid', description: 'Of the canceled: the campaign that has resent to them' }),
      ),
      codes: Type.Array(
        Type.Object({
          code: OneOf(CODE_NAMES),
          devices,
          active,
          isAddressDead: Type.Boolean({
            description: 'FCM would refuse them again: left out of a resend unless they are named',
          }),
          resentBy: Nullable({ ...Id, description: 'The campaign that has resent to them' }),
        }),
        { description: 'The most frequent first. Canceled devices have no codes' },
      ),
    }),
    { description: 'Results that no device has are left out. Empty if the results were deleted' },
  ),
})
export type ResendOptionsReply = Static<typeof ResendOptionsReply>

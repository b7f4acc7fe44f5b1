/** Body and reply of the audience count. */
import Type, { type Static } from 'typebox'
import { Exact, Nullable, Time } from '../http/common-schemas.ts'
import { AudienceBody } from './content-schemas.ts'

export const AudienceCountBody = Exact({ audience: AudienceBody })

const devices = Type.Integer({
  description: 'Active devices that match: what a campaign would be planned with now',
})
const reachable = Type.Integer({ description: 'Those of them whose member has not opted out' })
const OfPlatform = Type.Object({ devices, reachable })

export const AudienceCountReply = Type.Object({
  devices,
  reachable,
  withConsent: Type.Integer({
    description: 'Of the reachable: those whose member consents to advertising. The others get none',
  }),
  withNightConsent: Type.Integer({
    description: 'Of those: whose member consents to advertising at night too',
  }),
  atCap: Nullable(
    Type.Object(
      {
        devices: Type.Integer({ description: 'Of the reachable' }),
        withConsent: Type.Integer({ description: 'Of those who consent to advertising' }),
      },
      {
        description:
          'Devices whose member has had as many campaigns as CAPS allows. Sent now, a campaign skips them unless it ignores caps. null: not known, because counting took too long',
      },
    ),
  ),
  members: Type.Integer({ description: 'The members that these devices belong to' }),
  byPlatform: Type.Object({ android: OfPlatform, ios: OfPlatform, web: OfPlatform }),
  unknown: Type.Integer({
    description: 'How many of the named "externalIds" no member has; 0 for other audiences',
  }),
  unknownIds: Type.Array(Type.String(), {
    description: 'The first 100 of them, in the order of the request',
  }),
  confirmAbove: Nullable(
    Type.Integer({
      description:
        'More devices than that are only sent to with "confirmAudience" (CONFIRM_AUDIENCE_ABOVE); null: no number needs it',
    }),
  ),
  countedAt: Time,
})
export type AudienceCountReply = Static<typeof AudienceCountReply>

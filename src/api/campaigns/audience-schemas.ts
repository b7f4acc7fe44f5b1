/** Body and reply of the audience count. */
import Type, { type Static } from 'typebox'
import { Exact, Time } from '../http/common-schemas.ts'
import { AudienceBody } from './campaign-schemas.ts'

export const AudienceCountBody = Exact({ audience: AudienceBody })

const devices = Type.Integer({
  description: 'Active devices that match: what a campaign would be planned with now',
})
const reachable = Type.Integer({ description: 'Those of them whose member has not opted out' })
const OfPlatform = Type.Object({ devices, reachable })

export const AudienceCountReply = Type.Object({
  devices,
  reachable,
  members: Type.Integer({ description: 'The members that these devices belong to' }),
  byPlatform: Type.Object({ android: OfPlatform, ios: OfPlatform, web: OfPlatform }),
  countedAt: Time,
})
export type AudienceCountReply = Static<typeof AudienceCountReply>

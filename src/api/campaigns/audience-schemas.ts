/** What is asked about an audience before a campaign is sent to it, and the answer. */
import Type, { type Static } from 'typebox'
import { Exact, Time } from '../http/common-schemas.ts'
import { AudienceBody } from './campaign-schemas.ts'

export const AudienceCountBody = Exact({ audience: AudienceBody })

const devices = Type.Integer({ description: 'What a campaign would be planned with now' })
const reachable = Type.Integer({ description: 'Of these, the ones whose member has not opted out' })
const OfPlatform = Type.Object({ devices, reachable })

export const AudienceCountReply = Type.Object({
  devices,
  reachable,
  members: Type.Integer({ description: 'Whose devices these are' }),
  byPlatform: Type.Object({ android: OfPlatform, ios: OfPlatform, web: OfPlatform }),
  countedAt: Time,
})
export type AudienceCountReply = Static<typeof AudienceCountReply>

/** A member as the API returns it, and its ETag. */
import { createHash } from 'node:crypto'
import { stateTag } from '../../audience/change-member.ts'
import type { MemberDetail, MemberView } from '../../audience/read-members.ts'
import { AppError } from '../../domain/errors.ts'
import type { MemberDetailReply, MemberReply } from './member-schemas.ts'

export function memberBody(member: MemberView): MemberReply {
  const { externalId, locale, timezone, optedOut, devices, createdAt } = member
  return { externalId, locale, timezone, optedOut, devices, createdAt: createdAt.toISOString() }
}

export function memberDetailBody(member: MemberDetail): MemberDetailReply {
  const { attributes, consentAt, consentSource, consentBy, consentByName } = member
  const { editedAt, editedBy, editedByName } = member
  return {
    ...memberBody(member),
    attributes,
    consentAt: consentAt?.toISOString() ?? null,
    consentSource,
    consentBy,
    consentByName,
    consents: {
      marketing: consentBody(member.consents.marketing),
      night: consentBody(member.consents.night),
    },
    editedAt: editedAt?.toISOString() ?? null,
    editedBy,
    editedByName,
    deviceList: member.deviceList.map((device) => ({
      ...device,
      lastSeenAt: device.lastSeenAt.toISOString(),
      goneAt: device.goneAt?.toISOString() ?? null,
    })),
  }
}

function consentBody({ since, saidAt, ...rest }: MemberDetail['consents']['marketing']) {
  return { ...rest, since: since?.toISOString() ?? null, saidAt: saidAt?.toISOString() ?? null }
}

/**
 * The ETag: what If-Match compares, and a hash of the whole body, because devices are seen all the time, which is nobody's
 * change. No browser keeps a copy of a member who may be erased.
 */
export function memberHeaders(member: MemberDetail, body: MemberDetailReply) {
  const hash = createHash('sha256').update(JSON.stringify(body)).digest('base64url')
  return { etag: `"${stateTag(member)}-${hash.slice(0, 16)}"`, 'cache-control': 'no-store' }
}

export function seenStateOf(ifMatch: string | undefined): string | undefined {
  if (ifMatch === undefined || ifMatch.trim() === '*') return undefined
  const state = /^"([\w-]{16})-[\w-]{16}"$/.exec(ifMatch.trim())?.[1]
  if (state !== undefined) return state
  const detail = `If-Match is ${JSON.stringify(ifMatch.slice(0, 60))}; expected the ETag that GET returned for this member, or "*".`
  throw new AppError('invalid_request', detail, {
    fields: [{ field: 'If-Match', problem: 'is not the ETag of a member' }],
  })
}

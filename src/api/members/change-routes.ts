/** What a person does to a member: opt out and back in, change attributes, erase. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { redactAnswers } from '../../access/redact-answers.ts'
import { changeMember, memberNotFound } from '../../audience/change-member.ts'
import { eraseMember } from '../../audience/erase-member.ts'
import { readMember } from '../../audience/read-members.ts'
import { forgetMember } from '../../campaigns/forget-member.ts'
import { forgetInTests } from '../../campaigns/test-records.ts'
import { cleanText } from '../../domain/clean-text.ts'
import { AppError } from '../../domain/errors.ts'
import { MemberParams } from '../http/common-schemas.ts'
import type { AppDeps, RouteDeps } from '../http/request-context.ts'
import { timeOf } from '../http/time-of.ts'
import { memberDetailBody, memberHeaders, seenStateOf } from './member-body.ts'
import { ErasureReply, MemberChangesBody, MemberDetailReply } from './member-schemas.ts'

/** Of one request. A browser waits a minute, and many proxies too. */
const ERASING_MS = 20_000

type Deps = Pick<RouteDeps, 'pool'> & Pick<AppDeps, 'prisma'>

export function memberChangeRoutes(deps: Deps): FastifyPluginAsyncTypebox {
  const { pool } = deps
  return async (app) => {
    app.patch(
      '/members/:externalId',
      {
        config: { permission: 'members:write' },
        schema: {
          tags: ['members'],
          summary:
            'Opt a member out or back in, record consents, or change language, time zone and attributes',
          description:
            'Who did it, and when it was recorded, is stored with it. With If-Match (the ETag of GET), a member that somebody else has changed since is not changed: 412 member_changed.',
          params: MemberParams,
          body: MemberChangesBody,
          response: { 200: MemberDetailReply },
        },
      },
      async (request, reply) => {
        const externalId = cleanText(request.params.externalId)
        const { consentAt, marketingConsentAt, nightConsentAt, ...rest } = request.body
        const times = Object.entries({ consentAt, marketingConsentAt, nightConsentAt }).flatMap(
          ([field, time]) => (time === undefined ? [] : [[field, timeOf(field, time)]]),
        )
        await changeMember(
          pool,
          externalId,
          { ...rest, ...Object.fromEntries(times) },
          { id: request.caller.id, seen: seenStateOf(request.headers['if-match']) },
        )
        const member = await readMember(pool, externalId)
        const body = memberDetailBody(member)
        return reply.headers(memberHeaders(member, body)).send(body)
      },
    )

    app.delete(
      '/members/:externalId',
      {
        config: { permission: 'members:erase', isDangerous: true },
        schema: {
          tags: ['members'],
          summary: 'Erase a member for good',
          description:
            'Deletes the member, devices, addresses and attributes, takes the externalId out of the audiences of all campaigns, and the answers kept for repeated requests that name the member. Nothing is sent to the devices any more, also not by campaigns on their way. Results stay, and name nobody. With 503 erasure_unfinished, repeat it: it goes on where it stopped, until it answers 200, or 404 if nothing was left. See docs/operations.md.',
          params: MemberParams,
          response: { 200: ErasureReply },
        },
      },
      (request) => erase(deps, cleanText(request.params.externalId), request),
    )
  }
}

/**
 * First the member, so that nothing is sent any more. An id that is no member may still be named by campaigns, because an
 * earlier request was interrupted, or because somebody has written it there: so this goes on.
 */
async function erase(
  { pool, prisma }: Deps,
  externalId: string,
  { log, caller }: FastifyRequest,
): Promise<ErasureReply> {
  const deadline = performance.now() + ERASING_MS
  const { wasKnown, devices, addresses } = await eraseMember(pool, externalId)
  await forgetInTests(pool, externalId)
  const { answers, isDone: isRedacted } = await redactAnswers(prisma, [externalId, ...addresses], deadline)
  const { campaigns, isDone: isForgotten } = await forgetMember(pool, externalId, deadline)
  // Who did it and what it came to, without the name of the one who is to be forgotten.
  log.info({ callerId: caller.id, name: caller.name, devices, campaigns, answers }, 'a member was erased')
  if (!isRedacted || !isForgotten) {
    throw new AppError(
      'erasure_unfinished',
      `The member and all devices are deleted, and nothing is sent to them any more. The id is taken out of ${campaigns} campaigns, and there are more. Repeat the request: it goes on from there.`,
      { retryAfterSeconds: 1 },
    )
  }
  if (!wasKnown && campaigns === 0) throw memberNotFound(externalId)
  return { devices, campaigns }
}

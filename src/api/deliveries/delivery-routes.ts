/** Delivery results of a campaign: as pages, as counts, over time, as CSV, for one device and for one member. */
import { Readable } from 'node:stream'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import Type, { type Static } from 'typebox'
import { expectResults } from '../../campaigns/expect-results.ts'
import { expectCampaign } from '../../campaigns/read-campaigns.ts'
import { cleanText } from '../../domain/clean-text.ts'
import { NOT_SENT_STATES } from '../../domain/delivery-result.ts'
import { AppError } from '../../domain/errors.ts'
import { type DeliveryFilter, listDeliveries } from '../../results/list-deliveries.ts'
import { readAttempts } from '../../results/read-attempts.ts'
import { type DeliveryView, isNotSent } from '../../results/read-deliveries.ts'
import { readExportName } from '../../results/read-export-name.ts'
import { readFailures } from '../../results/read-failures.ts'
import { readMemberDeliveries } from '../../results/read-member-deliveries.ts'
import { readInterruptions, readTimeline } from '../../results/read-timeline.ts'
import { attachmentOf } from '../http/attachment.ts'
import { DEFAULT_LIMIT, IdempotencyHeader, IdParams, MemberParams, Page } from '../http/common-schemas.ts'
import { cursorOf } from '../http/cursor.ts'
import { csvStyleOf, wantsFullAddresses } from '../http/export-style.ts'
import type { RouteDeps } from '../http/request-context.ts'
import { deliveriesCsv } from './deliveries-csv.ts'
import {
  AttemptsReply,
  DeliveryExportQuery,
  DeliveryListQuery,
  DeliveryReply,
  DeviceParams,
  FailuresReply,
  MemberDeliveryReply,
  MemberListPosition,
  MemberListQuery,
  RecordedPosition,
  TimelineReply,
} from './delivery-schemas.ts'

const recorded = cursorOf(RecordedPosition)
const ofMember = cursorOf(MemberListPosition)

export function deliveryRoutes({ pool }: RouteDeps): FastifyPluginAsyncTypebox {
  const find = async (id: string, asked: Static<typeof DeliveryListQuery>) => {
    const { limit = DEFAULT_LIMIT, cursor, state, code, member, address } = asked
    const filter = checkFilter({ state, code, member, address })
    const list = `deliveries:${id}:${JSON.stringify([state, code, member, address])}`
    const after = recorded.decode(list, cursor)
    await expectResults(pool, id)
    const { deliveries, next } = await listDeliveries(pool, id, filter, limit, after)
    return { data: deliveries.map(deliveryBody), nextCursor: recorded.encode(list, next) }
  }
  return async (app) => {
    app.get(
      '/campaigns/:id/deliveries',
      {
        config: { permission: 'people:read' },
        schema: {
          tags: ['results'],
          summary:
            'The result of each device; without a filter and once closed, one row per device of the audience',
          params: IdParams,
          querystring: DeliveryListQuery,
          response: { 200: Page(DeliveryReply) },
        },
      },
      (request) => find(request.params.id, request.query),
    )

    app.post(
      '/campaigns/:id/deliveries/find',
      {
        config: { permission: 'people:read' },
        schema: {
          tags: ['results'],
          summary:
            'The same as GET …/deliveries, with the filter in the body: for addresses, which are in no log then',
          headers: IdempotencyHeader,
          params: IdParams,
          body: DeliveryListQuery,
          response: { 200: Page(DeliveryReply) },
        },
      },
      (request) => find(request.params.id, request.body),
    )

    app.get(
      '/campaigns/:id/timeline',
      {
        config: { permission: 'campaigns:read' },
        schema: {
          tags: ['results'],
          summary: 'Results over time, in at most 240 steps; the latest appear when their batch ends',
          params: IdParams,
          response: { 200: TimelineReply },
        },
      },
      async (request) => {
        await expectCampaign(pool, request.params.id)
        const { id } = request.params
        const [{ asOf, bucketSeconds, buckets }, { pauses, pushedBack }] = await Promise.all([
          readTimeline(pool, id),
          readInterruptions(pool, id),
        ])
        return {
          asOf: asOf.toISOString(),
          bucketSeconds,
          data: buckets.map((bucket) => ({ ...bucket, at: bucket.at.toISOString() })),
          pauses: pauses.map(({ from, to, reason, isCanceled }) => ({
            from: from.toISOString(),
            to: to === null ? null : to.toISOString(),
            reason,
            isCanceled,
          })),
          pushedBack: pushedBack.map((at) => at.toISOString()),
        }
      },
    )

    app.get(
      '/campaigns/:id/failures',
      {
        config: { permission: 'campaigns:read' },
        schema: {
          tags: ['results'],
          summary: 'Devices that did not get the message, counted by state and code, with advice',
          params: IdParams,
          response: { 200: FailuresReply },
        },
      },
      async (request) => {
        await expectResults(pool, request.params.id)
        const { asOf, failures } = await readFailures(pool, request.params.id)
        return { asOf: asOf.toISOString(), data: failures }
      },
    )

    app.get(
      '/campaigns/:id/deliveries.csv',
      {
        config: { permission: 'people:read', load: 'export' },
        schema: {
          tags: ['results'],
          summary: 'The list of deliveries as a CSV file of any length',
          description: 'Addresses are masked; `addresses=full` needs the permission `addresses:read`.',
          params: IdParams,
          querystring: DeliveryExportQuery,
          response: {
            200: {
              description: 'One line per device',
              content: { 'text/csv': { schema: Type.Unsafe<Readable>({ type: 'string' }) } },
            },
          },
        },
      },
      async (request, reply) => {
        const { id } = request.params
        const { addresses, escape: way, bom, timezone, language, ...filter } = request.query
        const checked = checkFilter(filter)
        const style = csvStyleOf(request, { escape: way, bom })
        const isFull = wantsFullAddresses(request, addresses)
        await expectResults(pool, id)
        const { name, day } = await readExportName(pool, id, timezone)
        return reply
          .header('content-type', 'text/csv; charset=utf-8')
          .header('cache-control', 'no-store')
          .header('content-disposition', attachmentOf(name, `${day}.csv`, `deliveries-${id}.csv`))
          .send(
            Readable.from(deliveriesCsv(pool, id, checked, { ...style, isFull, language }), {
              objectMode: false,
            }),
          )
      },
    )

    app.get(
      '/campaigns/:id/devices/:deviceId/attempts',
      {
        config: { permission: 'people:read' },
        schema: {
          tags: ['results'],
          summary:
            'Attempts to reach one device: its result in this campaign and in every resend, oldest first',
          params: DeviceParams,
          response: { 200: AttemptsReply },
        },
      },
      async (request) => {
        const { id, deviceId } = request.params
        await expectResults(pool, id)
        const attempts = await readAttempts(pool, id, Number(deviceId))
        if (attempts.length === 0) {
          throw new AppError(
            'device_not_found',
            `Device ${deviceId} is not in the audience of campaign ${id}. GET /v1/campaigns/${id}/deliveries lists the devices in it.`,
          )
        }
        return {
          data: attempts.map((attempt) => ({ ...attempt, sentAt: attempt.sentAt?.toISOString() ?? null })),
        }
      },
    )

    app.get(
      '/members/:externalId/deliveries',
      {
        config: { permission: 'people:read' },
        schema: {
          tags: ['results'],
          summary: 'Results of one member, newest campaign first',
          params: MemberParams,
          querystring: MemberListQuery,
          response: { 200: Page(MemberDeliveryReply) },
        },
      },
      async (request) => {
        const { limit = DEFAULT_LIMIT, cursor } = request.query
        const externalId = cleanText(request.params.externalId)
        const list = `member:${externalId}`
        const after = ofMember.decode(list, cursor)
        const { deliveries, next } = await readMemberDeliveries(pool, externalId, limit, after)
        return {
          data: deliveries.map((delivery) => ({ ...delivery, sentAt: delivery.sentAt.toISOString() })),
          nextCursor: ofMember.encode(list, next),
        }
      },
    )
  }
}

/** Ids and addresses are found in any spelling that a registration takes. */
function checkFilter({ member, address, ...filter }: DeliveryFilter): DeliveryFilter {
  if (filter.code === undefined || isNotSent(filter.state)) {
    return { ...filter, member: member && cleanText(member), address: address && cleanText(address) }
  }
  throw new AppError(
    'invalid_request',
    `code=${filter.code} needs one of ${NOT_SENT_STATES.map((state) => `state=${state}`).join(', ')}${filter.state === undefined ? '' : `; the state is "${filter.state}"`}.`,
    {
      fields: [{ field: '/state', problem: `must be one of ${NOT_SENT_STATES.join(', ')} if code is given` }],
    },
  )
}

function deliveryBody(delivery: DeliveryView) {
  return { ...delivery, sentAt: delivery.sentAt?.toISOString() ?? null }
}

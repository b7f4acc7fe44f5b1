/** Campaigns at each member's local time: what that would mean, and how far it is. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { checkLocalTime } from '../../campaigns/check-local-time.ts'
import { forecast } from '../../campaigns/local-forecast.ts'
import { readZones } from '../../campaigns/read-zones.ts'
import { checkAudience } from '../../domain/check-audience.ts'
import { countsOf } from '../../domain/delivery-result.ts'
import { DEFAULT_PROJECT_ID } from '../../projects/project.ts'
import { IdempotencyHeader, IdParams } from '../http/common-schemas.ts'
import type { RouteDeps } from '../http/request-context.ts'
import { ForecastBody, ForecastReply, ZonesReply } from './zone-schemas.ts'

export function zoneRoutes({ pool, config, countZones }: RouteDeps): FastifyPluginAsyncTypebox {
  const bodyLimit = config.http.bodyLimitBytes
  return async (app) => {
    app.post(
      '/audiences/zones',
      {
        config: { permission: 'people:read', load: 'repeated' },
        bodyLimit,
        schema: {
          tags: ['campaigns'],
          summary:
            'What a local time would mean for an audience: per instant its time zones and devices, who is late, who has no time zone',
          headers: IdempotencyHeader,
          body: ForecastBody,
          response: { 200: ForecastReply },
        },
      },
      async (request) => {
        const { audience, late = 'skip', unknownZone = 'default', localAt, ...given } = request.body
        const now = new Date()
        const { defaultZone = config.sendRules.zone } = given
        const time = checkLocalTime({ localAt, late, unknownZone, defaultZone }, now)
        const counts = await countZones(DEFAULT_PROJECT_ID, checkAudience(audience))
        const { instants, ...counted } = await forecast(counts, time, now)
        return {
          ...counted,
          defaultZone: time.defaultZone,
          instants: instants.map((each) => ({
            ...each,
            at: each.at === null ? null : each.at.toISOString(),
          })),
          countedAt: now.toISOString(),
        }
      },
    )

    app.get(
      '/campaigns/:id/zones',
      {
        config: { permission: 'campaigns:read' },
        schema: {
          tags: ['campaigns'],
          summary:
            'How far a campaign at local times is in each of its time zones; empty for any other, or before it is planned',
          params: IdParams,
          response: { 200: ZonesReply },
        },
      },
      async (request) => {
        const { asOf, zones } = await readZones(pool, request.params.id)
        return {
          asOf: asOf.toISOString(),
          data: zones.map((each) => ({
            sendAt: each.sendAt === null ? null : each.sendAt.toISOString(),
            code: each.code,
            zones: each.zones.map((zone) => zone || null),
            hasBegun: each.hasBegun,
            devices: each.devices,
            ...countsOf((state) => each[state]),
            canceled: each.canceled,
            remaining: each.remaining,
          })),
        }
      },
    )
  }
}

/** One device: register, refresh, delete. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import Type from 'typebox'
import { deleteDevice, storeDevices } from '../../audience/device-store.ts'
import { checkDevice, isRejection } from '../../domain/device-row.ts'
import { AppError } from '../../domain/errors.ts'
import { DEFAULT_PROJECT_ID } from '../../projects/project.ts'
import type { RouteDeps } from '../http/request-context.ts'
import { DeviceBody, DeviceReply, TokenParams } from './device-schemas.ts'

export function deviceRoutes({ pool }: RouteDeps): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.put(
      '/devices/:token',
      {
        config: { permission: 'devices:register', load: 'repeated' },
        schema: {
          tags: ['devices'],
          summary: 'Register or refresh a device; a token of another member moves to this one',
          params: TokenParams,
          body: DeviceBody,
          response: { 200: DeviceReply, 201: DeviceReply },
        },
      },
      async (request, reply) => {
        const row = checkDevice({ address: request.params.token, ...request.body })
        if (isRejection(row)) {
          throw new AppError('invalid_request', `The device is not valid: ${row.reason}.`, {
            fields: [{ field: `/${row.field}`, problem: row.reason }],
          })
        }
        const { created, moved } = await storeDevices(pool, [row], {
          projectId: DEFAULT_PROJECT_ID,
          isAlive: true,
          optOuts: 'replace',
          source: 'registration',
          by: request.caller.id,
        })
        const result = created > 0 ? 'created' : moved > 0 ? 'moved' : 'updated'
        return reply
          .code(result === 'created' ? 201 : 200)
          .send({ result, externalId: row.externalId, platform: row.platform })
      },
    )

    app.delete(
      '/devices/:token',
      {
        config: { permission: 'devices:register', load: 'repeated' },
        schema: {
          tags: ['devices'],
          summary: 'Delete a device',
          params: TokenParams,
          response: { 204: Type.Null() },
        },
      },
      async (request, reply) => {
        await deleteDevice(pool, DEFAULT_PROJECT_ID, request.params.token)
        return reply.code(204).send(null)
      },
    )
  }
}

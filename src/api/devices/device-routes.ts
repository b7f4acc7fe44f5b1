/** One device: register, refresh, delete. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import Type from 'typebox'
import { deleteDevice, storeDevices } from '../../audience/device-store.ts'
import { cleanText } from '../../domain/clean-text.ts'
import { checkDevice, isRejection } from '../../domain/device-row.ts'
import { AppError } from '../../domain/errors.ts'
import { DEFAULT_PROJECT_ID } from '../../projects/project.ts'
import type { RouteDeps } from '../http/request-context.ts'
import { AddressParams, DeviceBody, DeviceReply } from './device-schemas.ts'

const RESULTS = ['created', 'moved', 'replaced', 'retired', 'updated'] as const

export function deviceRoutes({ pool }: RouteDeps): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.put(
      '/devices/:address',
      {
        config: { permission: 'devices:register', load: 'repeated' },
        schema: {
          tags: ['devices'],
          summary: 'Register or refresh a device; an address of another member moves to this one',
          description:
            'An app calls it when it starts, when somebody signs in, and when Firebase gives it another address: then with replaces, so that the person is not sent to twice.',
          params: AddressParams,
          body: DeviceBody,
          response: { 200: DeviceReply, 201: DeviceReply },
        },
      },
      async (request, reply) => {
        const row = checkDevice({ ...request.body, address: request.params.address })
        if (isRejection(row)) {
          throw new AppError('invalid_request', `The device is not valid: ${row.reason}.`, {
            fields: [{ field: `/${row.field}`, problem: row.reason }],
          })
        }
        const counts = await storeDevices(pool, [row], {
          projectId: DEFAULT_PROJECT_ID,
          isAlive: true,
          optOuts: 'keep',
          source: 'registration',
          by: request.caller.id,
        })
        const result = RESULTS.find((name) => counts[name] > 0) ?? 'updated'
        return reply
          .code(result === 'created' ? 201 : 200)
          .send({ result, kind: row.kind, externalId: row.externalId, platform: row.platform })
      },
    )

    app.delete(
      '/devices/:address',
      {
        config: { permission: 'devices:register', load: 'repeated' },
        schema: {
          tags: ['devices'],
          summary: 'Delete a device',
          params: AddressParams,
          response: { 204: Type.Null() },
        },
      },
      async (request, reply) => {
        await deleteDevice(pool, DEFAULT_PROJECT_ID, cleanText(request.params.address))
        return reply.code(204).send(null)
      },
    )
  }
}

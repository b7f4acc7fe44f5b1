/**
 * One device: register, refresh, delete. The address is in the body, because paths are written into the logs of proxies; the
 * routes that have it in the path do the same and are kept for apps that call them.
 */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import Type, { type Static } from 'typebox'
import { deleteDevice, storeDevices } from '../../audience/device-store.ts'
import { cleanText } from '../../domain/clean-text.ts'
import { checkDevice, isRejection } from '../../domain/device-row.ts'
import { AppError } from '../../domain/errors.ts'
import { DEFAULT_PROJECT_ID } from '../../projects/project.ts'
import { IdempotencyHeader } from '../http/common-schemas.ts'
import type { RouteDeps } from '../http/request-context.ts'
import { AddressParams, DeleteDeviceBody, DeviceBody, DeviceReply, RegisterBody } from './device-schemas.ts'

const RESULTS = ['created', 'moved', 'replaced', 'retired', 'updated'] as const

const REGISTER = {
  config: { permission: 'devices:register', load: 'repeated' },
  summary: 'Register or refresh a device; an address of another member moves to this one',
  description:
    'An app calls it when it starts, when somebody signs in, and when Firebase gives it another address: then with replaces, so that the person is not sent to twice.',
  response: { 200: DeviceReply, 201: DeviceReply },
} as const
const DELETE = {
  config: REGISTER.config,
  summary: 'Delete a device',
  response: { 204: Type.Null() },
} as const
const IN_PATH = 'The address is in the path, which proxies write into their logs. Use'

export function deviceRoutes({ pool }: RouteDeps): FastifyPluginAsyncTypebox {
  const register = async (given: Static<typeof RegisterBody>, by: string) => {
    const row = checkDevice({ ...given })
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
      by,
    })
    const result = RESULTS.find((name) => counts[name] > 0) ?? 'updated'
    const body = { result, kind: row.kind, externalId: row.externalId, platform: row.platform }
    return { status: result === 'created' ? (201 as const) : (200 as const), body }
  }
  return async (app) => {
    const { config, summary, description, response } = REGISTER
    app.post(
      '/devices/register',
      {
        config,
        schema: {
          tags: ['devices'],
          summary,
          description,
          headers: IdempotencyHeader,
          body: RegisterBody,
          response,
        },
      },
      async (request, reply) => {
        const { status, body } = await register(request.body, request.caller.id)
        return reply.code(status).send(body)
      },
    )

    app.put(
      '/devices/:address',
      {
        config,
        schema: {
          tags: ['devices'],
          summary,
          description: `${description} ${IN_PATH} POST /v1/devices/register.`,
          deprecated: true,
          params: AddressParams,
          body: DeviceBody,
          response,
        },
      },
      async (request, reply) => {
        const given = { ...request.body, address: request.params.address }
        const { status, body } = await register(given, request.caller.id)
        return reply.code(status).send(body)
      },
    )

    app.post(
      '/devices/delete',
      {
        config,
        schema: {
          tags: ['devices'],
          summary: DELETE.summary,
          headers: IdempotencyHeader,
          body: DeleteDeviceBody,
          response: DELETE.response,
        },
      },
      async (request, reply) => {
        await deleteDevice(pool, DEFAULT_PROJECT_ID, cleanText(request.body.address))
        return reply.code(204).send(null)
      },
    )

    app.delete(
      '/devices/:address',
      {
        config,
        schema: {
          tags: ['devices'],
          summary: DELETE.summary,
          description: `${IN_PATH} POST /v1/devices/delete.`,
          deprecated: true,
          params: AddressParams,
          response: DELETE.response,
        },
      },
      async (request, reply) => {
        await deleteDevice(pool, DEFAULT_PROJECT_ID, cleanText(request.params.address))
        return reply.code(204).send(null)
      },
    )
  }
}

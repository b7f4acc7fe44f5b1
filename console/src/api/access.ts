/** Users and API keys. Admins only. */
import { infiniteQueryOptions } from '@tanstack/react-query'
import type { Static } from 'typebox'
import type { ApiKeyReply, NewApiKeyBody, NewApiKeyReply } from '../../../src/api/access/api-key-schemas.ts'
import type { NewUserBody, UserChangeBody, UserReply } from '../../../src/api/access/user-schemas.ts'
import type { PageOf } from './campaigns.ts'
import { call, get } from './client.ts'
import { keys } from './query-keys.ts'

export type User = UserReply
export type ApiKey = Static<typeof ApiKeyReply>
export type NewApiKeyGiven = Static<typeof NewApiKeyBody>
export type NewApiKey = Static<typeof NewApiKeyReply>

const PAGE = 100

export const usersQuery = infiniteQueryOptions({
  queryKey: keys.users,
  queryFn: ({ pageParam, signal }) =>
    get<PageOf<User>>('/v1/users', { limit: PAGE, cursor: pageParam }, signal),
  initialPageParam: null as string | null,
  getNextPageParam: (last) => last.nextCursor,
})

export const apiKeysQuery = infiniteQueryOptions({
  queryKey: keys.apiKeys,
  queryFn: ({ pageParam, signal }) =>
    get<PageOf<ApiKey>>('/v1/api-keys', { limit: PAGE, cursor: pageParam }, signal),
  initialPageParam: null as string | null,
  getNextPageParam: (last) => last.nextCursor,
})

/** No Idempotency-Key: names are unique, so a repeated request is rejected. */
export function createUser(body: NewUserBody): Promise<User> {
  return call<User>('POST', '/v1/users', { body })
}

export function changeUser(id: string, body: UserChangeBody): Promise<User> {
  return call<User>('PATCH', `/v1/users/${encodeURIComponent(id)}`, { body })
}

/** No Idempotency-Key: a replay could not return the secret again, and a key that nobody saw can be revoked. */
export function createApiKey(body: NewApiKeyGiven): Promise<NewApiKey> {
  return call<NewApiKey>('POST', '/v1/api-keys', { body })
}

/** No Idempotency-Key, as above: a repeat makes another secret, and the one in use works on. */
export function rotateApiKey({ id, overlapHours }: { id: string; overlapHours: number }): Promise<NewApiKey> {
  return call<NewApiKey>('POST', `/v1/api-keys/${encodeURIComponent(id)}/rotate`, { body: { overlapHours } })
}

export function revokeApiKey(id: string): Promise<void> {
  return call<void>('DELETE', `/v1/api-keys/${encodeURIComponent(id)}`)
}

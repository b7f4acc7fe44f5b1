/** The current session. `null` in the cache: signed out. */
import { queryOptions } from '@tanstack/react-query'
import type { SessionReply } from '../../../src/api/access/session-schemas.ts'
import { call, get } from './client.ts'
import { ApiProblem } from './problem.ts'
import { keys } from './query-keys.ts'

export type Session = SessionReply

export type Credentials = { name: string; password: string } | { apiKey: string }

export const sessionQuery = queryOptions({
  queryKey: keys.session,
  queryFn: async ({ signal }): Promise<Session | null> => {
    try {
      return await get<Session>('/v1/session', undefined, signal)
    } catch (error) {
      if (error instanceof ApiProblem && error.status === 401) return null
      throw error
    }
  },
  staleTime: Number.POSITIVE_INFINITY,
  // Never removed while the console is open: every page needs it.
  gcTime: Number.POSITIVE_INFINITY,
})

export function signIn(credentials: Credentials): Promise<Session> {
  return call<Session>('POST', '/v1/session', { body: credentials })
}

/** All other sessions of the user end. */
export function changePassword(body: { password: string; newPassword: string }): Promise<void> {
  return call<void>('POST', '/v1/session/password', { body })
}

export function signOut(): Promise<void> {
  return call<void>('DELETE', '/v1/session')
}

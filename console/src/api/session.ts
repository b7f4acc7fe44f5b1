/** The current session. `null` in the cache: signed out. */
import { queryOptions } from '@tanstack/react-query'
import type { Static } from 'typebox'
import type {
  BegunSecondFactorReply,
  ConfirmBody,
  OwnSessionsReply,
  RecoveryCodesReply,
  SecondFactorReply,
  SessionReply,
} from '../../../src/api/access/session-schemas.ts'
import { call, get } from './client.ts'
import { ApiProblem } from './problem.ts'
import { keys } from './query-keys.ts'

export type Session = SessionReply

export type Credentials = { name: string; password: string; code?: string } | { apiKey: string }

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

export type OwnSession = Static<typeof OwnSessionsReply>['data'][number]

export const ownSessionsQuery = queryOptions({
  queryKey: keys.ownSessions,
  queryFn: async ({ signal }) =>
    (await get<Static<typeof OwnSessionsReply>>('/v1/sessions', undefined, signal)).data,
})

/** Null: all others. */
export function endSessions(id: string | null): Promise<void> {
  return call<void>('DELETE', id === null ? '/v1/sessions' : `/v1/sessions/${encodeURIComponent(id)}`)
}

export function confirmSession(body: ConfirmBody): Promise<void> {
  return call<void>('POST', '/v1/session/confirm', { body })
}

const SECOND_FACTOR = '/v1/session/second-factor'

export const secondFactorQuery = queryOptions({
  queryKey: keys.secondFactor,
  queryFn: ({ signal }) => get<Static<typeof SecondFactorReply>>(SECOND_FACTOR, undefined, signal),
})

export function beginSecondFactor(): Promise<Static<typeof BegunSecondFactorReply>> {
  return call('POST', SECOND_FACTOR)
}

/** Returns the recovery codes. */
export function finishSecondFactor(code: string): Promise<Static<typeof RecoveryCodesReply>> {
  return call('POST', `${SECOND_FACTOR}/confirm`, { body: { code } })
}

export function removeSecondFactor(): Promise<void> {
  return call<void>('DELETE', SECOND_FACTOR)
}

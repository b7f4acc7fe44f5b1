/** The session. For components inside the shell, which is shown only after a sign-in. */
import { useQuery } from '@tanstack/react-query'
import { useRouteContext } from '@tanstack/react-router'
import type { Permission } from '../../../src/domain/permissions.ts'
import { type Session, sessionQuery } from '../api/session.ts'

export function useSession(): Session {
  const { session } = useRouteContext({ from: '/signed-in' })
  // The cached one; the route's own for the moment between the end of a session and the sign-in page.
  return useQuery(sessionQuery).data ?? session
}

/** Actions that the session has no permission for are not shown. */
export function useMay(permission: Permission): boolean {
  return useSession().permissions.includes(permission)
}

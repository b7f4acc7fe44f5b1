/** The session, inside the shell, where there always is one. */
import { useQuery } from '@tanstack/react-query'
import { useRouteContext } from '@tanstack/react-router'
import { hasRole, type Role, type Session, sessionQuery } from '../api/session.ts'

export function useSession(): Session {
  const { session } = useRouteContext({ from: '/signed-in' })
  // The latest one; the route's copy covers the moment between the end of a session and the sign-in page.
  return useQuery(sessionQuery).data ?? session
}

/** Whether the user has this role. Actions a user cannot take are not shown. */
export function useMay(role: Role): boolean {
  return hasRole(useSession(), role)
}

/** Who is signed in, inside of the shell, where there always is somebody. */
import { useQuery } from '@tanstack/react-query'
import { useRouteContext } from '@tanstack/react-router'
import { hasRole, type Role, type Session, sessionQuery } from '../api/session.ts'

export function useSession(): Session {
  const { session } = useRouteContext({ from: '/signed-in' })
  // The newest one; the route's own for the moment between the end of a session and the sign-in page.
  return useQuery(sessionQuery).data ?? session
}

/** Whether whoever is signed in may do what needs this role. What they may not do is not shown. */
export function useMay(role: Role): boolean {
  return hasRole(useSession(), role)
}

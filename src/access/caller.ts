/** Who sent a request, by an API key or by a session (of a user or of an API key). */
import type { Role } from '../domain/permissions.ts'

export interface Caller {
  /** Id of the user or of the API key. */
  id: string
  kind: 'user' | 'api_key'
  name: string
  role: Role
}

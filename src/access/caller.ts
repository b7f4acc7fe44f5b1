/** Who sent a request, by an API key or by a session (of a user or of an API key). */
import { type Permission, permissionsOf, permissionsOfKey, type Role } from '../domain/permissions.ts'

export interface Caller {
  /** Id of the user or of the API key. */
  id: string
  kind: 'user' | 'api_key'
  name: string
  role: Role
  /** Those of the role; of an API key it may be fewer. */
  permissions: readonly Permission[]
}

interface UserRow {
  id: string
  name: string
  role: Role
}

export function callerOfUser({ id, name, role }: UserRow): Caller {
  return { id, kind: 'user', name, role, permissions: permissionsOf(role) }
}

/** `permissions`: what the key is limited to. */
export function callerOfKey({ id, name, role, permissions }: UserRow & { permissions: string[] }): Caller {
  return { id, kind: 'api_key', name, role, permissions: permissionsOfKey(role, permissions) }
}

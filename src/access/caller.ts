/** Who a request comes from, whichever way they showed it: an API key, or a session of a user or of an API key. */
import type { Role } from './api-key.ts'

export interface Caller {
  /** The user's or the API key's. */
  id: string
  kind: 'user' | 'api_key'
  name: string
  role: Role
}

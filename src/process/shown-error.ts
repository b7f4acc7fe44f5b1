/**
 * An error as it is logged. PostgreSQL says in `detail` and `where` which row or value it is about, "Key (address)=(…) already
 * exists", and that may be a registration token. Those are left out, also of causes: code, table and constraint say enough.
 */
import { pino } from 'pino'

/** `client`: of a connection that was lost, with its address and the texts of all its statements, 25 KB a line. */
const LEFT_OUT = new Set([
  'client',
  'detail',
  'where',
  'internalQuery',
  'query',
  'parameters',
  'dataRow',
  'meta',
])

export function shownError(error: unknown): unknown {
  return error instanceof Error ? withoutValues(pino.stdSerializers.errWithCause(error)) : error
}

function withoutValues(value: unknown, depth = 0): unknown {
  // Errors with errors in them; deeper than this there is nothing to read.
  if (typeof value !== 'object' || value === null || depth > 5) return value
  if (Array.isArray(value)) return value.map((inner) => withoutValues(inner, depth + 1))
  const shown = Object.entries(value).filter(([name]) => !LEFT_OUT.has(name))
  return Object.fromEntries(shown.map(([name, inner]) => [name, withoutValues(inner, depth + 1)]))
}

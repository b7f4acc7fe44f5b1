/**
 * Reads DATABASE_URL: libpq's form with one host or several, and which of them is wanted.
 *
 *   postgres://user:password@host1:5432,host2:5432/database?target_session_attrs=read-write
 *
 * node-postgres knows one host only, so the list is taken apart here and postgres/host-client.ts chooses the host.
 */
import { type HostPort, parseHosts, splitAddress } from './host-list.ts'

export interface DatabaseAddress {
  /**
   * One of these is the primary; only that one is connected to. A list without target_session_attrs asks for the primary
   * as well: a process that was connected to a standby could only collect errors. Null: whatever the address says.
   */
  readonly hosts: readonly HostPort[] | null
  /** The same address with the first host only and without target_session_attrs, as node-postgres reads it. */
  readonly connectionString: string
}

/** libpq's values under which a server may be used that accepts writes, which all processes of Carillon need. */
const WRITABLE = ['read-write', 'primary']

export const DATABASE_FORM = 'a PostgreSQL address such as postgres://user:password@localhost:5432/carillon'
const LIST_FORM =
  'several hosts as in postgres://user:password@host1:5432,host2:5432/carillon?target_session_attrs=read-write'

/** Returns the address, or a text that says what is wrong with it and holds no part of it. */
export function parseDatabaseAddress(text: string): DatabaseAddress | string {
  const parts = splitAddress(text)
  if (!/^postgres(ql)?:\/\//.test(text)) return `expected ${DATABASE_FORM}`
  const wanted = parts?.query.get('target_session_attrs') ?? null
  const isList = parts?.hosts.includes(',') ?? false
  if (parts === undefined || (!isList && wanted === null)) {
    return URL.canParse(text) ? { hosts: null, connectionString: text } : `expected ${DATABASE_FORM}`
  }
  if (wanted !== null && !WRITABLE.includes(wanted)) {
    return 'target_session_attrs must be read-write or primary, because every process writes'
  }
  const hosts = parseHosts(parts.hosts, 5432)
  if (hosts === undefined) return `expected ${isList ? LIST_FORM : DATABASE_FORM}`
  const url = new URL(parts.withHosts(hostOf(hosts[0] as HostPort)))
  url.searchParams.delete('target_session_attrs')
  return { hosts, connectionString: url.href }
}

export function hostOf({ host, port }: HostPort): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

/** The same address, with one host or several, of another database on that server. */
export function withDatabase(databaseUrl: string, name: string): string {
  return databaseUrl.replace(/^([a-z]+:\/\/[^/?]*)(?:\/[^?]*)?/, (_, server: string) => `${server}/${name}`)
}

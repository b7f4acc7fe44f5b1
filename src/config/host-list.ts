/** Reads `host1:port1,host2:port2`, the form in which addresses of several servers are written. */
export interface HostPort {
  /** A name, an IPv4 address, or an IPv6 address without brackets. */
  readonly host: string
  readonly port: number
}

/** A port that is left out is `defaultPort`. Returns undefined if an entry is not a host with an optional port. */
export function parseHosts(text: string, defaultPort: number): readonly HostPort[] | undefined {
  const hosts: HostPort[] = []
  for (const entry of text.split(',')) {
    const [, bracketed, plain, port = String(defaultPort)] =
      /^(?:\[([0-9a-f:.]+)\]|([A-Za-z0-9._-]+))(?::(\d{1,5}))?$/i.exec(entry) ?? []
    const host = bracketed ?? plain
    if (host === undefined || Number(port) < 1 || Number(port) > 65_535) return undefined
    hosts.push({ host, port: Number(port) })
  }
  return hosts
}

export interface AddressParts {
  scheme: string
  user: string | undefined
  password: string | undefined
  hosts: string
  /** Between the hosts and the query, without its first slash. */
  path: string
  query: URLSearchParams
  /** The same address with other hosts. */
  withHosts: (hosts: string) => string
}

/**
 * Splits `scheme://user:password@hosts/path?query`, where `hosts` may be several, which the URL class refuses. Returns
 * undefined if the text has another form, or an escape such as `%4g` in it.
 */
export function splitAddress(text: string): AddressParts | undefined {
  const match = /^([a-z+-]+):\/\/(?:([^@/?#]*)@)?([^@/?#]*)(?:\/([^?#]*))?(?:\?([^#]*))?$/i.exec(text)
  if (match === null) return undefined
  const [, scheme = '', login, hosts = '', path = '', query = ''] = match
  const [user, ...rest] = (login ?? '').split(':')
  const before = scheme.length + 3 + (login === undefined ? 0 : login.length + 1)
  try {
    return {
      scheme: scheme.toLowerCase(),
      user: user ? decodeURIComponent(user) : undefined,
      password: rest.length > 0 ? decodeURIComponent(rest.join(':')) : undefined,
      hosts,
      path: decodeURIComponent(path),
      query: new URLSearchParams(query),
      withHosts: (others) => text.slice(0, before) + others + text.slice(before + hosts.length),
    }
  } catch {
    return undefined
  }
}

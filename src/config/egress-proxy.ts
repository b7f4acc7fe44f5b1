/**
 * The HTTP proxy through which FCM and Google's token service are reached: FCM_PROXY, or else HTTPS_PROXY, except for the
 * hosts in NO_PROXY. Loopback hosts are never reached through HTTPS_PROXY, so that a demo works wherever it is set.
 */
export type Environment = Readonly<Record<string, string | undefined>>

export interface EgressProxy {
  /** With the password, if there is one: never log it. */
  readonly url: string
  /** True: from FCM_PROXY. False: from HTTPS_PROXY, which other programs use as well. */
  readonly isOwn: boolean
  /** Entries of NO_PROXY, in lower case. */
  readonly exceptions: readonly string[]
}

/** `own` is the value of FCM_PROXY. An unusable HTTPS_PROXY counts as unset; see `proxyWarnings`. */
export function egressProxy(own: string | null, env: Environment): EgressProxy | null {
  if (own !== null) return { url: own, isOwn: true, exceptions: [] }
  const url = withScheme(sharedProxy(env))
  if (url === undefined || !isProxyUrl(url)) return null
  const exceptions = (env.NO_PROXY || env.no_proxy || '').toLowerCase().split(/[\s,]+/)
  return { url, isOwn: false, exceptions: exceptions.filter((entry) => entry !== '') }
}

export function proxyWarnings(env: Environment): string[] {
  const url = withScheme(sharedProxy(env))
  if (env.FCM_PROXY || url === undefined || isProxyUrl(url)) return []
  return [
    'HTTPS_PROXY is not an http:// address, so it is ignored: FCM is reached directly. Set FCM_PROXY to an http:// address if FCM has to be reached through a proxy.',
  ]
}

/** http:// with host, and optionally port, user and password. */
export function isProxyUrl(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, pathname, search, hash, username, password } = new URL(text)
  if (protocol !== 'http:' || pathname !== '/' || search !== '' || hash !== '') return false
  try {
    decodeURIComponent(username + password)
    return true
  } catch {
    return false
  }
}

/** Returns null if the target is reached directly. */
export function proxyFor(proxy: EgressProxy | null, target: URL): URL | null {
  if (proxy === null) return null
  const host = target.hostname.replace(/^\[|\]$/g, '')
  const port = target.port || '443'
  if (!proxy.isOwn && (host === 'localhost' || host === '::1' || /^127\.[\d.]+$/.test(host))) return null
  return proxy.exceptions.some((entry) => isExcepted(entry, host, port)) ? null : new URL(proxy.url)
}

/** As in curl and Go: "*", an address, or a domain with all below it; each may have a port. */
function isExcepted(entry: string, host: string, port: string): boolean {
  const [, name = entry, entryPort = port] = /^(.*[^:]):(\d+)$/.exec(entry) ?? []
  if (entryPort !== port) return false
  const domain = name.replace(/^\*?\./, '').replace(/^\[|\]$/g, '')
  return domain === '*' || host === domain || host.endsWith(`.${domain}`)
}

function sharedProxy(env: Environment): string | undefined {
  return env.HTTPS_PROXY || env.https_proxy || undefined
}

function withScheme(text: string | undefined): string | undefined {
  return text === undefined || text.includes('://') ? text : `http://${text}`
}

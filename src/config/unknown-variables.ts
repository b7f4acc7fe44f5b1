/**
 * Finds environment variables that look like misspelt ones of ours. A misspelt name is silently ignored otherwise, and
 * the default applies.
 */
import { closestMatch } from 'leven'

const OWN_PREFIX = 'CARILLON_'
/** Not a server's: `npm run load -- --target` reads it. */
const TOOL_VARIABLES: ReadonlySet<string> = new Set(['CARILLON_KEY'])
/** DATABASE_HOST is 4 edits from DATABASE_URL, and HTTP_PORT 3 from HTTP_EXPORTS: 3 would report other programs' variables. */
const MOST_EDITS = 2
/** Kubernetes and Docker links set CARILLON_PORT=tcp://10.0.0.7:3000 and others for a service named "carillon". */
const SERVICE_LINK = /_SERVICE_(HOST|PORT)(_|$)|_PORT_\d+_(TCP|UDP|SCTP)(_|$)/
const SERVICE_LINK_VALUE = /^(tcp|udp|sctp):\/\//

/**
 * One sentence for each suspect. A warning and not a refusal: the environment is shared with other programs, and a
 * variable of theirs must not keep Carillon from starting.
 */
export function unknownVariables(
  env: Readonly<Record<string, string | undefined>>,
  known: readonly string[],
): readonly string[] {
  // FCM_, DATABASE_, HTTP_, …
  const prefixes = new Set(known.filter((name) => name.includes('_')).map(prefixOf))
  return Object.entries(env).flatMap(([name, value]) => {
    if (!value || known.includes(name) || TOOL_VARIABLES.has(name)) return []
    if (SERVICE_LINK.test(name) || SERVICE_LINK_VALUE.test(value)) return []
    const isOwn = name.startsWith(OWN_PREFIX)
    if (!isOwn && !prefixes.has(prefixOf(name))) return []
    const meant = closestMatch(isOwn ? name.slice(OWN_PREFIX.length) : name, known, {
      maxDistance: MOST_EDITS,
    })
    // If the right name is set as well, this one belongs to another program: DATABASE_URI beside DATABASE_URL.
    if (!isOwn && (meant === undefined || env[meant])) return []
    const hint = meant === undefined ? '' : ` Did you mean ${meant}?`
    return [
      `${name} is not a variable of Carillon and is ignored.${hint} Variables are listed in .env.example.`,
    ]
  })
}

function prefixOf(name: string): string {
  return name.slice(0, name.indexOf('_') + 1)
}

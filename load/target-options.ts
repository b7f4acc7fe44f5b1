/** The part of the load harness's command line that says which installation to drive. */
import { readFileSync } from 'node:fs'
import { UsageError } from '../testing/terminal/command.ts'

export interface Target {
  /** Without a slash at the end. */
  address: string
  key: string
  /** PEM. */
  ca: Buffer | null
  /** Nobody has to be asked. */
  isConfirmed: boolean
}

interface Values {
  target?: string
  key?: string
  ca?: string
  yes?: boolean
  [other: string]: unknown
}

/** What is started here, and cannot be chosen where something runs already. */
const OURS = ['dispatchers', 'redis', 'fcm-latency-ms', 'dead', 'errors', 'quota-per-minute'] as const

export function parseTarget(values: Values, env: NodeJS.ProcessEnv): Target | null {
  if (values.target === undefined) {
    const stray = (['key', 'ca', 'yes'] as const).find((name) => values[name] !== undefined)
    if (stray === undefined) return null
    throw new UsageError(`--${stray} is for an installation that runs already; --target says which.`)
  }
  const stray = OURS.find((name) => values[name] !== undefined)
  if (stray !== undefined) {
    throw new UsageError(`--${stray} cannot be chosen with --target: the installation decides that itself.`)
  }
  const url = URL.canParse(values.target) ? new URL(values.target) : null
  if (url === null || !/^https?:$/.test(url.protocol) || url.pathname !== '/' || url.username !== '') {
    throw new UsageError(
      `--target is "${values.target}"; expected an origin such as https://push.example.com.`,
    )
  }
  const isHere = isLoopback(url.hostname)
  if (url.protocol === 'http:' && !isHere) {
    throw new UsageError(
      `--target is "${values.target}": a key is not sent over the network without TLS; use https.`,
    )
  }
  const isConfirmed = values.yes ?? false
  if (!isHere && !isConfirmed) {
    throw new UsageError(
      `--target is ${url.origin}, which is not this machine: devices would be written there and messages sent through its FCM. With --yes it is done.`,
    )
  }
  const key = values.key ?? env.CARILLON_KEY
  if (!key)
    throw new UsageError(
      '--target needs --key or the variable CARILLON_KEY: an API key of that installation.',
    )
  return { address: url.origin, key, ca: values.ca === undefined ? null : read(values.ca), isConfirmed }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127(\.\d+){3}$/.test(host)
}

function read(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch {
    throw new UsageError(`--ca is "${path}", which is not a file that can be read.`)
  }
}

/**
 * Connects to the primary among several servers, as libpq does for `target_session_attrs=read-write`, which node-postgres
 * does not know. A connection is only handed out after its server has said that it accepts writes.
 *
 * Before a connection is opened, all servers are asked at once, unless one has just been found: a server that has gone may
 * only be noticed by a timeout, and that must not delay the others.
 *
 * A process that has seen a promoted server never returns to one of an earlier timeline: that is the former primary, which
 * came back without knowing that another server has taken over.
 */
import { Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'
import { hostOf, parseDatabaseAddress } from '../config/database-address.ts'
import type { HostPort } from '../config/host-list.ts'
import { READ_TIMELINE } from './timeline.ts'

/** A server in another region that is alive answers within this time. */
const PROBE_TIMEOUT_MS = 2_000
/** A pool opens many connections at once: one question is enough for them. */
const FRESH_MS = 1_000
/** After the first primary has answered: whether another server believes to be it as well. */
const RIVAL_MS = 100

interface Server extends HostPort {
  isReadOnly: boolean
  timeline: number
}

/** These belong together: options for pg.Pool and for BullMQ, or to make one client. */
export interface ConnectionTo {
  Client: typeof pg.Client
  connectionString: string
  /** For a client of another class (BullMQ's connection for LISTEN): goes to the same server. Ignored by `Client`. */
  stream?: () => Socket
}

const known = new Map<string, ConnectionTo>()

/** `databaseUrl` as DATABASE_URL: with one host or several. Throws if it is not valid. */
export function connectionTo(databaseUrl: string): ConnectionTo {
  const earlier = known.get(databaseUrl)
  if (earlier !== undefined) return earlier
  const address = parseDatabaseAddress(databaseUrl)
  if (typeof address === 'string') throw new Error(`The database address is not valid: ${address}.`)
  const { connectionString, hosts } = address
  const made =
    hosts === null
      ? { connectionString, Client: pg.Client }
      : connectionOf(connectionString, new HostChooser(connectionString, hosts))
  known.set(databaseUrl, made)
  return made
}

function connectionOf(connectionString: string, chooser: HostChooser): ConnectionTo {
  return { connectionString, Client: clientFor(chooser), stream: () => new ChosenSocket(chooser) }
}

/** Connects to the chosen server instead of the one it is told. */
class ChosenSocket extends Socket {
  readonly #chooser: HostChooser

  constructor(chooser: HostChooser) {
    super()
    this.#chooser = chooser
  }

  override connect(): this {
    this.#chooser.choose().then(
      (chosen) => {
        if (this.destroyed) return
        this.once('error', () => this.#chooser.forget(chosen))
        super.connect(chosen.port, chosen.host)
      },
      (error: Error) => this.destroy(error),
    )
    return this
  }
}

function clientFor(chooser: HostChooser): typeof pg.Client {
  return class extends pg.Client {
    constructor(config?: string | pg.ClientConfig) {
      const { stream: _, ...own } = typeof config === 'object' ? config : { connectionString: config }
      super(own)
    }

    override connect(): Promise<pg.Client>
    override connect(callback: (error: Error) => void): void
    override connect(callback?: (error: Error) => void): Promise<pg.Client> | undefined {
      const connected = this.#connect()
      if (callback === undefined) return connected.then(() => this as unknown as pg.Client)
      // Not within the promise: an error that the callback throws is not one of connecting.
      connected.then(
        () => process.nextTick(callback as () => void),
        (error: Error) => process.nextTick(callback, error),
      )
      return undefined
    }

    async #connect(): Promise<void> {
      const chosen = await chooser.choose()
      this.host = chosen.host
      this.port = chosen.port
      try {
        await super.connect()
        chooser.check({ ...chosen, ...(await look(this)) })
      } catch (error) {
        chooser.forget(chosen)
        await this.end().catch(() => {})
        throw error
      }
    }
  }
}

class HostChooser {
  readonly #connectionString: string
  readonly #hosts: readonly HostPort[]
  #current: HostPort | undefined
  #foundAt = 0
  #finding: Promise<HostPort> | undefined
  #timeline = 0

  constructor(connectionString: string, hosts: readonly HostPort[]) {
    this.#connectionString = connectionString
    this.#hosts = hosts
  }

  /** Rejects, saying what each server has answered, if none of them accepts writes. */
  async choose(): Promise<HostPort> {
    if (this.#current !== undefined && performance.now() - this.#foundAt < FRESH_MS) return this.#current
    this.#finding ??= this.#find().finally(() => {
      this.#finding = undefined
    })
    return await this.#finding
  }

  /** Throws if the server must not be written to. */
  check(server: Server): void {
    const problem = this.#problemOf(server)
    if (problem !== null) throw unusable(`${hostOf(server)} ${problem}`)
    this.#timeline = Math.max(this.#timeline, server.timeline)
  }

  forget(host: HostPort): void {
    if (this.#current === host) this.#current = undefined
  }

  async #find(): Promise<HostPort> {
    const primaries: Server[] = []
    const problems: string[] = []
    const primaryFound = Promise.withResolvers<void>()
    const probes = this.#hosts.map(async (host) => {
      try {
        const server = { ...host, ...(await this.#probe(host)) }
        const problem = this.#problemOf(server)
        if (problem !== null) return problems.push(`${hostOf(host)} ${problem}`)
        primaryFound.resolve()
        return primaries.push(server)
      } catch (error) {
        const { message, code } = error as Error & { code?: string }
        return problems.push(`${hostOf(host)}: ${message || code}`)
      }
    })
    await Promise.race([Promise.all(probes), primaryFound.promise.then(() => wait(RIVAL_MS))])
    // Of two, the one that was promoted last.
    const [best] = primaries.sort((a, b) => b.timeline - a.timeline)
    if (best === undefined) {
      throw unusable(
        `No server of DATABASE_URL could be connected to that accepts writes: ${problems.join('; ')}`,
      )
    }
    const found = this.#hosts.find(({ host, port }) => host === best.host && port === best.port) as HostPort
    this.#current = found
    this.#foundAt = performance.now()
    return found
  }

  async #probe({ host, port }: HostPort): Promise<Pick<Server, 'isReadOnly' | 'timeline'>> {
    const client = new pg.Client({
      connectionString: this.#connectionString,
      connectionTimeoutMillis: PROBE_TIMEOUT_MS,
      query_timeout: PROBE_TIMEOUT_MS,
      application_name: 'carillon-probe',
    })
    client.on('error', () => {})
    client.host = host
    client.port = port
    try {
      await client.connect()
      return await look(client)
    } finally {
      // Not awaited: a server that hangs does not answer this either.
      void client.end().catch(() => {})
    }
  }

  #problemOf({ isReadOnly, timeline }: Server): string | null {
    if (isReadOnly) return 'is a standby, or read-only'
    if (timeline < this.#timeline) {
      return `is on timeline ${timeline}, and ${this.#timeline} was seen: a former primary`
    }
    return null
  }
}

/** What the server says of itself. `super.connect` has succeeded. */
async function look(client: pg.Client): Promise<Pick<Server, 'isReadOnly' | 'timeline'>> {
  const { rows } = await client.query<{ isReadOnly: boolean }>(
    `SELECT pg_is_in_recovery() OR current_setting('transaction_read_only')::boolean AS "isReadOnly"`,
  )
  const { isReadOnly } = rows[0] as { isReadOnly: boolean }
  if (isReadOnly) return { isReadOnly, timeline: 0 }
  const found = await client.query<{ timeline: number }>(READ_TIMELINE)
  return { isReadOnly, timeline: found.rows[0]?.timeline ?? 0 }
}

/** With a code of a failed connection: it is worth trying again. */
function unusable(message: string): Error {
  return Object.assign(new Error(message), { code: 'EHOSTUNREACH' })
}

/**
 * The network between each dispatcher and its servers: a TCP door for each of them, which can be slow or half open. A
 * half-open connection swallows what is sent on it and tells nobody, as a firewall does that has forgotten it.
 */
import { TcpDoor } from '../../testing/network/tcp-door.ts'
import { NETWORK_SERVERS, type NetworkServer, roleOf } from './schedule.ts'

/** One way. FCM's request timeout is ten seconds by default, three in CI. */
const SLOW_MS = 300

const VARIABLES = { postgres: 'DATABASE_URL', fcm: 'FCM_ENDPOINT', redis: 'REDIS_URL' } as const

export class Network {
  readonly #doors = new Map<string, Partial<Record<NetworkServer, TcpDoor>>>()

  /** The variables that lead a dispatcher through doors of its own; other processes are not concerned. */
  async variablesOf(
    name: string,
    env: Readonly<Record<string, string | undefined>>,
  ): Promise<Record<string, string>> {
    if (roleOf(name) !== 'dispatcher') return {}
    const doors: Partial<Record<NetworkServer, TcpDoor>> = {}
    const variables: Record<string, string> = {}
    for (const server of NETWORK_SERVERS) {
      const address = env[VARIABLES[server]]
      if (address === undefined || address === '') continue
      const door = await TcpDoor.to(address)
      doors[server] = door
      // FCM_ENDPOINT has no path.
      variables[VARIABLES[server]] = door.through(address).replace(/\/$/, '')
    }
    this.#doors.set(name, doors)
    return variables
  }

  /** Resolves when the network is whole again, which is when `over` resolves. */
  async disturb(
    name: string,
    server: NetworkServer,
    how: 'slow' | 'half_open',
    over: Promise<void>,
  ): Promise<void> {
    const door = this.#doors.get(name)?.[server]
    if (door === undefined) throw new Error(`there is no door between ${name} and ${server}`)
    if (how === 'slow') door.delay(SLOW_MS)
    else door.swallow()
    await over
    await door.open()
  }

  async close(): Promise<void> {
    const doors = [...this.#doors.values()].flatMap((ofOne) => Object.values(ofOne))
    await Promise.all(doors.map((door) => door.shut()))
  }
}

/**
 * A private redis-server: in a temporary folder, on a free loopback port, without persistence. Like the embedded PostgreSQL
 * it is tied to a pipe held by a small shell: when this process ends for any reason, the pipe closes, and the shell stops
 * the server and removes the folder. Ctrl-C in the terminal does not reach it.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { findFreePort } from './free-port.ts'

const START_TIMEOUT_MS = 60_000

/** `$1` is the folder, the rest is the server with its flags, fd 3 the pipe. */
const GUARD = `
folder=$1; shift
command -v redis-server >/dev/null || { rmdir "$folder"; exit 127; }
"$@" 3<&- & server=$!
{ cat >/dev/null; kill -TERM $server; } <&3 & watcher=$!
wait $server; status=$?
kill $watcher 2>/dev/null
rm -rf "$folder"
exit $status`

export interface PrivateRedis {
  url: string
  port: number
  /** Resolves when the server has ended. Safe to call repeatedly. */
  stop(): Promise<void>
  /** As a power cut would: nothing is said to clients, replicas or other nodes. Resolves when the server has ended. */
  kill(): Promise<void>
}

export interface PrivateRedisOptions {
  /** To restart one on the same port. Default: a free one. */
  port?: number
  /** More of redis-server's settings. */
  settings?: Readonly<Record<string, string | number>>
  /** The content of its configuration file, for a sentinel, which writes into that. */
  sentinel?: string
}

/** Returns null if there is no redis-server on the PATH. */
export async function startPrivateRedis({
  port: wantedPort,
  settings = {},
  sentinel,
}: PrivateRedisOptions = {}): Promise<PrivateRedis | null> {
  const folder = await mkdtemp(join(tmpdir(), 'carillon-redis-'))
  const port = wantedPort ?? (await findFreePort())
  const flags = {
    port,
    bind: '127.0.0.1',
    dir: folder,
    ...(sentinel === undefined && { save: '', appendonly: 'no' }),
    ...settings,
  }
  const args = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, String(value)])
  if (sentinel !== undefined) {
    const file = join(folder, 'sentinel.conf')
    await writeFile(file, sentinel)
    args.unshift(file, '--sentinel')
  }
  const server = spawn('/bin/sh', ['-c', GUARD, 'carillon-redis', folder, 'redis-server', ...args], {
    detached: true,
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  })
  const ended = once(server, 'exit') as Promise<[number | null]>
  server.unref()
  ;(server.stdio[3] as { unref?: () => void }).unref?.()
  const stop = async () => {
    server.ref()
    server.stdio[3]?.destroy()
    await ended
    await rm(folder, { recursive: true, force: true })
  }
  const url = `redis://127.0.0.1:${port}`
  const kill = async () => {
    // The server's own pid: the shell in front of it waits for its end, and removes the folder.
    const client = new Redis(url, { maxRetriesPerRequest: 1 })
    client.on('error', () => {})
    const pid = Number(/^process_id:(\d+)/m.exec(await client.info('server'))?.[1])
    client.disconnect()
    server.ref()
    process.kill(pid, 'SIGKILL')
    await ended
  }
  const probe = new Redis(url, { retryStrategy: () => 20, maxRetriesPerRequest: null })
  probe.on('error', () => {})
  try {
    const answer = await Promise.race([
      probe.ping(),
      ended.then(([status]) => status),
      delay(START_TIMEOUT_MS, 'timeout', { ref: false }),
    ])
    if (answer === 'PONG') return { url, port, stop, kill }
    await stop()
    if (answer === 127) return null
    throw new Error(
      `The private redis-server on port ${port} did not start: ${answer === 'timeout' ? `no answer in ${START_TIMEOUT_MS} ms` : `it ended with ${answer}`}.`,
    )
  } finally {
    probe.disconnect()
  }
}

/** Makes the data of a PostgreSQL server, starts the server and ends it. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import type { Binaries, RunAs } from './postgres-binaries.ts'

const STOP_TIMEOUT_MS = 20_000

/**
 * `$@` is PostgreSQL, fd 3 the pipe. SIGINT is its fast shutdown: end the sessions, write everything out, stop.
 * The watcher ends with the server; otherwise it could later signal another process with the same pid.
 */
const GUARD = `
"$@" 3<&- & server=$!
{ cat >/dev/null; kill -INT $server; } <&3 & watcher=$!
wait $server; status=$?
kill $watcher 2>/dev/null
exit $status`

/** `folder` exists, is empty and belongs to `user`. The superuser is `postgres`, with the password in that file. */
export function initDatabase(folder: string, passwordFile: string, binaries: Binaries, user: RunAs): void {
  // The built-in C.UTF-8 is the same on every machine, whatever locales it has installed.
  const made = spawnSync(
    binaries.initdb,
    [
      ...['-D', folder, '-U', 'postgres', '-A', 'scram-sha-256', '--pwfile', passwordFile],
      ...['-E', 'UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'],
      '--no-instructions',
    ],
    { ...user, cwd: '/', encoding: 'utf8' },
  )
  if (made.status !== 0) throw new Error(`initdb failed in ${folder}: ${made.error?.message ?? made.stderr}`)
}

export interface SpawnOptions {
  /** Has the folder `data`; the server's log goes to postgres.log. */
  home: string
  binaries: Binaries
  user: RunAs
  port: number
  settings?: Readonly<Record<string, string | number>>
}

/** Returns at once: the server may not answer yet, or not start at all. */
export async function spawnPostgres({
  home,
  binaries,
  user,
  port,
  settings,
}: SpawnOptions): Promise<ChildProcess> {
  const all = {
    listen_addresses: '127.0.0.1',
    port,
    // Paths of sockets may have 100 characters, paths of projects more.
    unix_socket_directories: '',
    timezone: 'UTC',
    log_timezone: 'UTC',
    ...settings,
  }
  const logFile = await open(join(home, 'postgres.log'), 'w')
  try {
    const flags = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])
    const server = spawn(
      '/bin/sh',
      ['-c', GUARD, 'carillon-postgres', binaries.postgres, '-D', join(home, 'data'), ...flags],
      { ...user, cwd: '/', detached: true, stdio: ['ignore', logFile.fd, logFile.fd, 'pipe'] },
    )
    // Neither may keep a process alive that has nothing else to do.
    server.unref()
    ;(server.stdio[3] as { unref?: () => void }).unref?.()
    server.on('error', () => {})
    return server
  } finally {
    await logFile.close()
  }
}

/** Resolves when the server has ended. Safe to call repeatedly. */
export async function endPostgres(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return
  server.ref()
  const ended = once(server, 'exit')
  server.stdio[3]?.destroy()
  const tooLong = setTimeout(() => process.kill(-(server.pid ?? 0), 'SIGQUIT'), STOP_TIMEOUT_MS)
  await ended
  clearTimeout(tooLong)
}

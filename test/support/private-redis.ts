/** A redis-server of our own, in a temporary folder, on a free port of loopback, without persistence. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { findFreePort } from '../../load/free-port.ts'
import { until } from './until.ts'

/** Null if the machine has no redis-server. */
export async function startPrivateRedis(): Promise<{ url: string; stop: () => Promise<void> } | null> {
  const folder = await mkdtemp(join(tmpdir(), 'carillon-redis-'))
  const port = await findFreePort()
  const flags = { port, bind: '127.0.0.1', dir: folder, save: '', appendonly: 'no' }
  const server = spawn(
    'redis-server',
    Object.entries(flags).flatMap(([name, value]) => [`--${name}`, String(value)]),
    { stdio: 'ignore' },
  )
  const removeFolder = () => rm(folder, { recursive: true, force: true })
  const isThere = await Promise.race([
    once(server, 'spawn').then(() => true),
    once(server, 'error').then(() => false),
  ])
  if (!isThere) {
    await removeFolder()
    return null
  }
  const url = `redis://127.0.0.1:${port}`
  const stop = async () => {
    if (server.exitCode === null && server.signalCode === null) {
      server.kill('SIGTERM')
      await once(server, 'exit')
    }
    await removeFolder()
  }
  const probe = new Redis(url, { retryStrategy: () => 20, maxRetriesPerRequest: null })
  probe.on('error', () => {})
  try {
    await until(() => probe.status === 'ready', { what: `redis-server answers on port ${port}` })
  } catch (error) {
    await stop()
    throw error
  } finally {
    probe.disconnect()
  }
  return { url, stop }
}

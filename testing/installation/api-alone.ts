/** An API process without planner, dispatchers and maintenance, over a database with devices. */
import { pathToFileURL } from 'node:url'
import { processesOf } from '../../workers/processes.ts'
import { seedDevices } from '../devices/seed-devices.ts'
import type { Server } from '../servers/services.ts'
import { type Installation, openInstallation } from './installation.ts'
import type { RunFolder } from './run-folder.ts'

export interface ApiAlone extends Installation {
  port: number
  pid: number
}

export interface ApiAloneOptions {
  postgres: Server
  folder: RunFolder
  devices?: number
  defaults?: Record<string, string>
  /** Modules that are loaded before it. */
  imports?: readonly string[]
}

export async function openApiAlone(
  stack: AsyncDisposableStack,
  { postgres, folder, devices = 0, defaults = {}, imports = [] }: ApiAloneOptions,
  signal: AbortSignal,
): Promise<ApiAlone> {
  const installation = await openInstallation(
    stack,
    {
      postgresUrl: postgres.url,
      redisUrl: null,
      processes: processesOf(0).filter(({ name }) => name === 'api'),
      dispatchers: 0,
      fcm: {},
      messagesPerMinute: 'unlimited',
      logFile: folder.logFile,
      defaults,
      ...(imports.length > 0 && {
        env: { NODE_OPTIONS: imports.map((file) => `--import=${pathToFileURL(file)}`).join(' ') },
      }),
    },
    signal,
  )
  if (devices > 0) await seedDevices(installation.pool, devices, 1, () => {}, signal)
  const port = Number(new URL(installation.address).port)
  return { ...installation, port, pid: installation.processes.pids.get('api') ?? 0 }
}

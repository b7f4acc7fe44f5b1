/** An API process without planner, dispatchers and maintenance, over a database with devices. */
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
}

export async function openApiAlone(
  stack: AsyncDisposableStack,
  { postgres, folder, devices = 0, defaults = {} }: ApiAloneOptions,
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
    },
    signal,
  )
  if (devices > 0) await seedDevices(installation.pool, devices, 1, () => {}, signal)
  const port = Number(new URL(installation.address).port)
  return { ...installation, port, pid: installation.processes.pids.get('api') ?? 0 }
}

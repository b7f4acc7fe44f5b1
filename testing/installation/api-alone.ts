/** An API process and nothing else that changes anything, over a database with devices: for what is asked of the API alone. */

import { processesOf } from '../../workers/processes.ts'
import { seedDevices } from '../devices/seed-devices.ts'
import { openPostgres } from '../servers/services.ts'
import { say } from '../terminal/command.ts'
import { type Installation, openInstallation } from './installation.ts'
import { makeRunFolder } from './run-folder.ts'

export interface ApiAlone extends Installation {
  port: number
  pid: number
  /** Its log is kept when the run has ended, and named. */
  keepLog(): void
}

export async function openApiAlone(
  stack: AsyncDisposableStack,
  devices: number,
  signal: AbortSignal,
): Promise<ApiAlone> {
  const folder = await makeRunFolder()
  stack.defer(() => folder.remove())
  const postgres = await openPostgres(stack)
  say(`  database  ${postgres.description}`)
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
    },
    signal,
  )
  await seedDevices(installation.pool, devices, 1, () => {}, signal)
  const port = Number(new URL(installation.address).port)
  const pid = installation.processes.pids.get('api') ?? 0
  return { ...installation, port, pid, keepLog: () => folder.keep() }
}

/**
 * `npm run fuzz`: hostile requests to every route of the OpenAPI document, against an API process of its own with its
 * own database and fake FCM.
 */
import { randomUUIDv7 } from 'node:crypto'
import { join } from 'node:path'
import { createApiKey } from '../../src/access/api-key-store.ts'
import { callerOfUser } from '../../src/access/caller.ts'
import { openSessions } from '../../src/access/sessions.ts'
import { SESSION_COOKIE } from '../../src/api/http/session-cookie.ts'
import { ROLES } from '../../src/domain/permissions.ts'
import { openPrisma, type Prisma } from '../../src/postgres/prisma.ts'
import { createLogger } from '../../src/process/logger.ts'
import { openApiAlone } from '../../testing/installation/api-alone.ts'
import { withRunFolder } from '../../testing/installation/run-folder.ts'
import { openPostgres } from '../../testing/servers/services.ts'
import { runCommand } from '../../testing/terminal/command.ts'
import { columns, countsByName, grouped } from '../../testing/terminal/format.ts'
import { parseOptions, whole } from '../../testing/terminal/options.ts'
import { figuresOf } from '../figures/processes.ts'
import { json } from '../options.ts'
import { type FuzzReport, runFuzz } from './run-fuzz.ts'

const OPTIONS = {
  requests: whole(1, 100_000_000, 100_000, 'how many'),
  seed: whole(0, 2 ** 31 - 1, 1, 'the same seed sends the same requests'),
  first: whole(0, 2 ** 31 - 1, 0, 'number of the first request, to repeat a finding'),
  json,
}

const USAGE = {
  command: 'npm run fuzz --',
  about: 'Sends hostile requests to every route of an API process of its own, and checks every answer.',
  options: OPTIONS,
  notes: `With DATABASE_URL set, the run creates a database on that server and drops it at the end;
otherwise a private PostgreSQL is started.

The exit status is 1 when an answer is a 500, missing, late or malformed, when a refused request
changed a row, when the event loop stood still three times for more than 100 ms of CPU time, or when the process died.`,
}

const DEVICES = 500
const WATCH_STOPS = join(import.meta.dirname, '../../testing/installation/watch-stops.ts')
/**
 * Of the event loop, in CPU time. Heartbeats, event streams and every other caller wait for so long. Two longer ones in a run
 * are let pass: a collection of garbage, or a turn in which all eight connections had brought a megabyte. What a kind of
 * request costs comes again and again.
 */
const LONGEST_STOP_MS = 100

await runCommand(
  USAGE,
  (args) => parseOptions(OPTIONS, args),
  (options, command) =>
    withRunFolder(command, async (folder) => {
      const { stack, signal, progress } = command
      const postgres = await openPostgres(stack)
      const api = await openApiAlone(
        stack,
        { postgres, folder, devices: DEVICES, imports: [WATCH_STOPS] },
        signal,
      )
      const { pool, address, port, pid, key, loss } = api
      const prisma = openPrisma(pool)
      stack.defer(() => prisma.$disconnect())
      const others = ROLES.filter((role) => role !== 'admin').map((role) =>
        createApiKey(prisma, { id: randomUUIDv7(), name: role, role, expiresAt: null }),
      )
      const keys = [key, ...(await Promise.all(others)).map((made) => made.key)]
      const cookie = await openSession(prisma)
      const document = (await (await fetch(`${address}/v1/openapi.json`)).json()) as object
      // What the start took is not asked for.
      await api.processes.ask('stops')
      const rssMbBefore = figuresOf(pid)?.rssMb ?? null

      const bar = progress.start('requests', options.requests)
      const onProgress = (done: number) => bar.update(done)
      const running = runFuzz({ ...options, port, document, keys, cookie, pool, signal, onProgress })
      const report = await Promise.race([running, loss])
      bar.end()
      signal.throwIfAborted()
      const { longestMs } = (await api.processes.ask('stops')).get('api') ?? {}
      const longestStopsMs = ((longestMs ?? []) as number[]).map(Math.round)
      const thirdMs = longestStopsMs[2]
      if (thirdMs === undefined || thirdMs > LONGEST_STOP_MS) {
        const problem = `the event loop stood still for ${longestStopsMs.join(', ')} ms; at most two stops may be longer than ${LONGEST_STOP_MS}`
        report.findings.push({ request: -1, route: 'all', wrongs: [], problem, bytes: '' })
      }
      const { status } = await fetch(`${address}/health/ready`)
      if (status !== 200) {
        const problem = `/health/ready answers ${status} after the run`
        report.findings.push({ request: -1, route: 'GET /health/ready', wrongs: [], problem, bytes: '' })
      }
      const { rssMb = null, peakRssMb = null } = figuresOf(pid) ?? {}
      if (report.findings.length > 0) folder.keep()
      const object = { ...report, longestStopsMs, rssMbBefore, rssMb, peakRssMb }
      process.stdout.write(`${options.json ? JSON.stringify(object) : tableOf(object)}\n`)
      return report.findings.length > 0 ? 1 : 0
    }),
)

/** Of an admin. Nobody signs in with the password of the row. */
async function openSession(prisma: Prisma): Promise<string> {
  const sessions = openSessions(prisma, createLogger('fuzz', 'silent'))
  const user = await prisma.user.create({
    data: { id: randomUUIDv7(), name: 'fuzz', role: 'admin', passwordHash: 'none' },
  })
  const { token } = await sessions.open(callerOfUser(user))
  return `${SESSION_COOKIE}=${token}`
}

interface Measured {
  longestStopsMs: number[]
  rssMb: number | null
  peakRssMb: number | null
}

function tableOf(report: FuzzReport & Measured): string {
  const { requests, routes, seconds, seed, findings } = report
  const byCount = (counts: Record<string, number>) =>
    countsByName(Object.fromEntries(Object.entries(counts).sort(([, a], [, b]) => b - a)))
  return columns(
    [
      ['requests', `${grouped(requests)} to ${routes} routes in ${seconds} s, seed ${seed}`],
      ['answers', byCount(report.answers)],
      ['codes', byCount(report.codes)],
      ['refusals', `${grouped(report.refusalsLookedAt)} sent alone; no row changed`],
      [
        'longest stops',
        `${report.longestStopsMs.join(', ')} ms of CPU time, each in one turn of the event loop`,
      ],
      ['memory', `${Math.round(report.rssMb ?? 0)} MB, peak ${Math.round(report.peakRssMb ?? 0)} MB`],
      ['findings', String(findings.length)],
      ...findings.map(({ request, route, wrongs, problem }) => [
        `  ${request}`,
        `${route} [${wrongs.join('; ')}]: ${problem}`,
      ]),
    ],
    'll',
  )
}

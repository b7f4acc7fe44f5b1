/**
 * `npm run fuzz`: hostile requests to every route of the OpenAPI document, against an API process of its own with a
 * database and a fake FCM. Ends with 1 when any answer is a 500, missing, late or in another shape, when a refused
 * request has changed a row, or when the process has died.
 */
import { randomUUIDv7 } from 'node:crypto'
import { createApiKey } from '../../src/access/api-key-store.ts'
import { ROLES } from '../../src/domain/permissions.ts'
import { openPrisma } from '../../src/postgres/prisma.ts'
import { openApiAlone } from '../../testing/installation/api-alone.ts'
import { parseOptions, runCommand, wholeNumber } from '../../testing/terminal/command.ts'
import { grouped } from '../../testing/terminal/progress.ts'
import { figuresOf } from '../figures/process-figures.ts'
import { type FuzzReport, runFuzz } from './run-fuzz.ts'

const HELP = `Usage: npm run fuzz -- [options]

  --requests N      (default 100000)
  --seed N          the same seed sends the same requests (default 1)
  --first N         number of the first request, to repeat a finding (default 0)
  --json            one JSON object on stdout instead of the table
  --help

DATABASE_URL is used where it is set: a database of its own, removed afterwards. Otherwise an embedded PostgreSQL.`

const DEVICES = 500

await runCommand(async ({ stack, signal, progress }) => {
  const values = parseOptions(process.argv.slice(2), {
    requests: { type: 'string', default: '100000' },
    seed: { type: 'string', default: '1' },
    first: { type: 'string', default: '0' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  })
  if (values.help) {
    process.stdout.write(`${HELP}\n`)
    return 0
  }
  const requests = wholeNumber('requests', values.requests, 1, 100_000_000)
  const seed = wholeNumber('seed', values.seed, 0, 2 ** 31 - 1)
  const first = wholeNumber('first', values.first, 0, 2 ** 31 - 1)

  const { pool, address, port, pid, key, loss, keepLog } = await openApiAlone(stack, DEVICES, signal)
  const prisma = openPrisma(pool)
  stack.defer(() => prisma.$disconnect())
  const ofRoles = ROLES.map((role) =>
    createApiKey(prisma, { id: randomUUIDv7(), name: role, role, expiresAt: null }),
  )
  const keys = [key, ...(await Promise.all(ofRoles)).map((made) => made.key)]
  const document = (await (await fetch(`${address}/v1/openapi.json`)).json()) as object
  const rssBefore = figuresOf(pid)?.rssMb ?? null

  const bar = progress.start('requests', requests)
  const running = runFuzz({
    port,
    document,
    keys,
    pool,
    requests,
    seed,
    first,
    signal,
    onProgress: (done) => bar.update(done),
  })
  const report = await Promise.race([running, loss]).catch((error: Error) => {
    keepLog()
    throw error
  })
  bar.end()
  signal.throwIfAborted()
  const answer = await fetch(`${address}/health/ready`)
  if (answer.status !== 200) {
    const problem = `/health/ready answers ${answer.status} after the run`
    report.findings.push({ request: -1, route: 'GET /health/ready', wrongs: [], problem, bytes: '' })
  }
  const figures = figuresOf(pid)
  const memory = {
    rssMbBefore: rssBefore,
    rssMb: figures?.rssMb ?? null,
    peakRssMb: figures?.peakRssMb ?? null,
  }
  if (report.findings.length > 0) keepLog()
  process.stdout.write(
    values.json ? `${JSON.stringify({ ...report, ...memory })}\n` : tableOf(report, memory),
  )
  return report.findings.length > 0 ? 1 : 0
})

function tableOf(report: FuzzReport, memory: { rssMb: number | null; peakRssMb: number | null }): string {
  const counts = (of: Record<string, number>) =>
    Object.entries(of)
      .sort(([, a], [, b]) => b - a)
      .map(([name, count]) => `${name} ${grouped(count)}`)
      .join(', ')
  const rows = [
    [
      'requests',
      `${grouped(report.requests)} to ${report.routes} routes in ${report.seconds} s, seed ${report.seed}`,
    ],
    ['answers', counts(report.answers)],
    ['codes', counts(report.codes)],
    ['refusals', `${grouped(report.refusalsLookedAt)} sent alone; all rows as before`],
    ['memory', `${Math.round(memory.rssMb ?? 0)} MB, ${Math.round(memory.peakRssMb ?? 0)} MB at its peak`],
    ['findings', String(report.findings.length)],
    ...report.findings.map(({ request, route, wrongs, problem }) => [
      `  ${request}`,
      `${route} [${wrongs.join('; ')}]: ${problem}`,
    ]),
  ]
  return `${rows.map(([name = '', text]) => `  ${name.padEnd(10)} ${text}`).join('\n')}\n`
}

/** The API process: opens what it needs, listens, and closes in reverse order. */

import { buildApp } from '../src/api/app.ts'
import { Admission } from '../src/api/http/admission.ts'
import { watchProcess } from '../src/health/watch-process.ts'
import { openPool } from '../src/postgres/pool.ts'
import { openPrisma } from '../src/postgres/prisma.ts'
import { runProcess } from '../src/process/lifecycle.ts'
import { createSender } from '../src/push/create-sender.ts'
import { openJobQueue } from '../src/queue/bullmq-job-queue.ts'

await runProcess('api', async (context) => {
  const { config, log, onStop, ready } = context
  const pool = openPool(config.database, 'api', log)
  onStop('database', () => pool.end())
  const watch = await watchProcess(context, pool, { isMetered: true })
  const prisma = openPrisma(pool)
  onStop('prisma', () => prisma.$disconnect())
  const queue = openJobQueue(config, 'api', log)
  onStop('queue', () => queue.close())

  const admission = new Admission(config)
  watch.onMemory((isHigh) => admission.refuseHeavy(isHigh ? 'this process is short of memory' : null))
  let isDraining = false
  const app = await buildApp({
    config,
    pool,
    prisma,
    queue,
    log,
    openSender: createSender,
    isDraining: () => isDraining,
    admission,
    ...(watch.metrics && {
      metrics: { registry: watch.metrics, isServedHere: config.health.metricsPort === 0 },
    }),
  })
  onStop('http', async (hurry) => {
    isDraining = true
    // Requests in progress are answered. An import that takes longer than the stop timeout keeps what it has stored.
    hurry.addEventListener('abort', () => app.server.closeAllConnections())
    await app.close()
  })
  const url = await app.listen({ host: config.http.host, port: config.http.port })
  const address = app.server.address()
  ready({ port: typeof address === 'object' ? address?.port : config.http.port, url })
})

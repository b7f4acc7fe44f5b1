/** The admin API as a process: opens what it needs, listens, and closes in the opposite order. */
import { Admission } from '../src/api/http/admission.ts'
import { buildApp } from '../src/api/app.ts'
import { openConveyor } from '../src/queue/bullmq-job-queue.ts'
import { createSender } from '../src/push/create-sender.ts'
import { openPool } from '../src/postgres/pool.ts'
import { runProcess } from '../src/process/lifecycle.ts'
import { openPrisma } from '../src/postgres/prisma.ts'
import { watchProcess } from '../src/health/watch-process.ts'

await runProcess('api', async (context) => {
  const { config, log, onStop, ready } = context
  const pool = openPool(config.database, 'api', log)
  onStop('database', () => pool.end())
  const watch = await watchProcess(context, pool, { isMetered: true })
  const prisma = openPrisma(pool)
  onStop('prisma', () => prisma.$disconnect())
  const conveyor = openConveyor(config, 'api', log)
  onStop('conveyor', () => conveyor.close())

  const admission = new Admission(config)
  watch.onMemory((isHigh) => admission.refuseHeavy(isHigh ? 'this process is short of memory' : null))
  let isDraining = false
  const app = await buildApp({
    config,
    pool,
    prisma,
    conveyor,
    log,
    openSender: () => createSender(config.fcm, log),
    isDraining: () => isDraining,
    admission,
    ...(watch.metrics && {
      metrics: { registry: watch.metrics, isServedHere: config.vitals.metricsPort === 0 },
    }),
  })
  onStop('http', async (hurry) => {
    isDraining = true
    // Requests in hand are answered; an import that is too long to wait for keeps what it has stored.
    hurry.addEventListener('abort', () => app.server.closeAllConnections())
    await app.close()
  })
  const url = await app.listen({ host: config.http.host, port: config.http.port })
  const address = app.server.address()
  ready({ port: typeof address === 'object' ? address?.port : config.http.port, url })
})

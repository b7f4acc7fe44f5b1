/** A small run of `npm run fuzz`: hostile requests to every route, over real connections. */
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { runFuzz } from '../../../load/fuzz/run-fuzz.ts'
import { Admission } from '../../../src/api/http/admission.ts'
import { testConfig } from '../../support/config.ts'
import { createBatches, createCampaign, createDevices } from '../../support/factories.ts'
import { until } from '../../support/until.ts'
import { startApp } from '../start-app.ts'

test('2,000 hostile requests: no 500, no hang, only problem+json, and no refusal changes anything', async () => {
  const admission = new Admission(testConfig({ DATABASE_POOL_SIZE: 10 }))
  const { app, cookie, pool, keys } = await startApp({}, { admission })
  const { deviceIds } = await createDevices(pool, 50)
  const id = await createCampaign(pool, { state: 'sending' })
  await createBatches(pool, id, deviceIds)
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as AddressInfo

  const report = await runFuzz({
    port,
    document: app.swagger(),
    keys: [keys.admin, keys.operator, keys.viewer],
    cookie: await cookie(),
    pool,
    requests: 2_000,
    seed: 1,
    ids: [id],
  })

  expect(report.findings).toEqual([])
  expect(report.requests).toBe(2_000)
  expect(report.refusalsLookedAt).toBeGreaterThan(20)
  // It gets past the door: most kinds of answers there are have been seen.
  expect(Object.keys(report.answers)).toEqual(
    expect.arrayContaining(['200', '201', '204', '400', '401', '404', '409', '415']),
  )
  await until(() => admission.figures().inHand === 0, { what: 'nothing is in hand any more' })
  expect(admission.figures()).toMatchObject({ imports: 0, exports: 0 })
}, 300_000)

/**
 * Three projects. `unit` needs nothing but Node and is what to run while writing; `integration` is everything that
 * touches PostgreSQL or Redis (real ones; see test/support/README.md). A new file is an integration test unless it
 * is named here: too many services started is a second lost, too few is a confusing failure. `e2e` needs a browser as well
 * and is not part of `npm test`.
 */
import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

const UNIT = [
  'test/domain/**/*.test.ts',
  'test/console/**/*.test.ts',
  'test/fake-fcm/**/*.test.ts',
  'test/invariants/**/*.test.ts',
  'test/proof/**/*.test.ts',
  'test/load/{bench-figures,bench-memory,delay-relay,chaos-options,chaos-schedule,chaos-verdict,check-result,figures,options,page,process-group,progress,write-devices-csv}.test.ts',
  'test/push/**/*.test.ts',
  'test/results/{message-id,recording-delay}.test.ts',
  'test/dispatch/{batch-slots,fcm-breaker,release-batch,platform-watch,retry-delays,retry-policy,settle-outcome,standstill-watch}.test.ts',
  'test/{config,network,process}/**/*.test.ts',
  'test/queue/wake-blocked.test.ts',
  'test/health/{alerts,last-minute,memory-watch}.test.ts',
  'test/schedules/{find-runs,year}.test.ts',
  'test/support/until.test.ts',
]

export default defineConfig({
  test: {
    // Processes of their own: tests send signals, count listeners and start children.
    pool: 'forks',
    // Prisma's schema engine is WebAssembly; that importing it is experimental need not be said for each file.
    execArgv: ['--disable-warning=ExperimentalWarning'],
    // Most of a test's time is spent in PostgreSQL, which has to share the same cores.
    maxWorkers: Math.max(2, Math.floor(availableParallelism() / 2)),
    sequence: { hooks: 'stack' },
    setupFiles: ['test/support/each-file.ts'],
    // Nets against a hang, far beyond what a slow machine needs; `until` gives up before them, and says for what it waited.
    testTimeout: 30_000,
    hookTimeout: 60_000,
    projects: [
      { extends: true, test: { name: 'unit', include: UNIT } },
      {
        extends: true,
        test: {
          name: 'integration',
          include: ['test/**/*.test.ts'],
          exclude: [...UNIT, 'test/e2e/**'],
          globalSetup: ['test/support/global-setup.ts'],
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          globalSetup: ['test/support/global-setup.ts'],
          testTimeout: 180_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
})

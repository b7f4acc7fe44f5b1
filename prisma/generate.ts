/**
 * Generates the Prisma client without network. The CLI insists on a schema engine, which generating does not use
 * and which it would download; any executable satisfies it. The variable must not be set where migrations run:
 * with it, `prisma migrate deploy` reports success and applies nothing.
 */
import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'

const cli = createRequire(import.meta.url).resolve('prisma/build/index.js')
const { status } = spawnSync(process.execPath, [cli, 'generate', '--no-hints'], {
  stdio: ['ignore', 'ignore', 'inherit'],
  env: { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, CHECKPOINT_DISABLE: '1' },
})
process.exit(status ?? 1)

/** Around every test file: databases are dropped or kept, and what would leak into a real process is an error. */
import { afterAll, expect, vi } from 'vitest'
import { settleDatabases } from './database.ts'
import { expectNoLeaks } from './leaks.ts'

// Whole campaigns, with processes that start, are killed and recover.
if (expect.getState().testPath?.includes('/test/flow/'))
  vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

const checkLeaks = expectNoLeaks()

// biome-ignore lint/correctness/noEmptyPattern: Vitest reads the first parameter's pattern to know which fixtures to make
afterAll(async ({}, file) => {
  await settleDatabases(hasFailed(file))
  checkLeaks()
})

interface Task {
  result?: { state?: string | undefined } | undefined
  tasks?: readonly Task[]
}

function hasFailed(task: Task): boolean {
  return task.result?.state === 'fail' || (task.tasks ?? []).some(hasFailed)
}

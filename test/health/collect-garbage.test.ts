import { expect, test } from 'vitest'
import { collectGarbage } from '../../src/health/collect-garbage.ts'

const MB = 1024 * 1024

test('what nobody holds any more is gone at once', () => {
  let garbage: unknown[] | null = Array.from({ length: 64 }, () => new Array(MB / 8).fill(1))
  const full = process.memoryUsage().heapUsed
  expect(garbage).toHaveLength(64)
  garbage = null
  collectGarbage()
  expect(full - process.memoryUsage().heapUsed).toBeGreaterThan(48 * MB)
  expect('gc' in globalThis).toBe(false)
})

import { expect, test } from 'vitest'
import { verdictOf } from '../../console/src/pages/import/import-verdict.ts'

test.each([
  [{ lines: 10, accepted: 10, rejected: 0 }, 'complete'],
  [{ lines: 10, accepted: 9, rejected: 1 }, 'partial'],
  [{ lines: 100_000, accepted: 99_999, rejected: 1 }, 'partial'],
  [{ lines: 10, accepted: 5, rejected: 5 }, 'failed'],
  [{ lines: 10, accepted: 0, rejected: 10 }, 'failed'],
  [{ lines: 0, accepted: 0, rejected: 0 }, 'failed'],
  // Rows of members without a device: opted out, and that is kept.
  [{ lines: 3, accepted: 0, rejected: 0, membersKept: 3 }, 'complete'],
] as const)('%j is %s', (report, verdict) => {
  expect(verdictOf({ membersKept: 0, ...report })).toBe(verdict)
})

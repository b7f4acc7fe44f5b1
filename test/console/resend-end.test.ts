import { expect, test } from 'vitest'
import { emptyEnd, readEnd } from '../../console/src/pages/resend/end.ts'

const NOW = new Date('2026-12-01T00:00:00Z')

test.each([
  [emptyEnd, undefined],
  [{ kind: 'none', date: '', time: '' }, null],
  [{ kind: 'at', date: '2026-12-01', time: '09:30' }, '2026-12-01T00:30:00.000Z'],
  [{ kind: 'at', date: '2026-12-01', time: '' }, undefined],
  [{ kind: 'at', date: '2026-12-01', time: '09:00' }, undefined],
  [{ kind: 'at', date: '2026-11-31', time: '20:00' }, undefined],
] as const)('an end of sending that is typed as %j is %s', (form, end) => {
  expect(readEnd(form, 'Asia/Seoul', NOW)).toBe(end)
})

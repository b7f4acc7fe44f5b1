import { expect, test } from 'vitest'
import { createLogger } from '../../src/process/logger.ts'
import { RecentErrors } from '../../src/process/recent-errors.ts'

test('of an error, our own sentence, a code and the campaign are kept, and nothing that may quote a secret', () => {
  const recent = new RecentErrors()
  const err = Object.assign(new Error('token planted-secret is no good'), { code: '23505' })
  recent.add([{ err, token: 'planted-secret', campaignId: 'c-1' }, 'a batch could not be attempted'])
  recent.add([{ err: new TypeError('planted-secret'), why: 'uncaught exception' }, 'stopping'])
  recent.add([{ err, code: 'internal_error', what: 7 }, 'request failed'])
  recent.add(['only words'])
  recent.add([err])
  expect(recent.list.map(({ at: _, ...rest }) => rest)).toEqual([
    { message: 'a batch could not be attempted', code: '23505', campaignId: 'c-1' },
    { message: 'stopping: uncaught exception', code: 'TypeError', campaignId: null },
    { message: 'request failed', code: 'internal_error', campaignId: null },
    { message: 'only words', code: null, campaignId: null },
    { message: 'an error', code: '23505', campaignId: null },
  ])
  expect(JSON.stringify(recent.list)).not.toContain('planted-secret')
})

test('the last ten are kept', () => {
  const recent = new RecentErrors()
  for (let n = 0; n < 25; n++) recent.add([`error ${n}`])
  expect(recent.list.map(({ message }) => message)).toEqual(
    Array.from({ length: 10 }, (_, n) => `error ${n + 15}`),
  )
})

test('a logger tells of its errors, those of its children too, and of nothing less', () => {
  const recent = new RecentErrors()
  const log = createLogger('test', 'warn', recent)
  log.info('all is well')
  log.warn('careful')
  log.child({ requestId: 'r' }).error({ campaignId: 'c' }, 'request failed')
  expect(recent.list).toMatchObject([{ message: 'request failed', campaignId: 'c' }])
})

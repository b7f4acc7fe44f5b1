import { expect, inject, test } from 'vitest'
import { startCommand } from './left-behind.ts'

const TIMEOUT_MS = 240_000
/** Servers of the user, which it must not even look for. */
const NOBODY = { DATABASE_URL: 'postgres://me:secret@127.0.0.1:1/x', REDIS_URL: 'redis://127.0.0.1:1' }
/** Slow enough that half of it takes longer than a busy machine needs to take the standby off. */
const small = '--devices 3000 --messages-per-minute 9000 --dispatchers 2 --json'.split(' ')

test.skipIf(inject('redisUrl') === null)(
  'a campaign goes on on sentinels and a standby that take over, and nothing is lost or repeated',
  { timeout: TIMEOUT_MS },
  async () => {
    const flags = [...small, '--queue', 'sentinel', '--replication', 'asynchronous']
    const failover = await startCommand(['load/failover/failover.ts', ...flags], NOBODY)
    expect(await failover.ended, failover.stderr()).toBe(0)
    const result = JSON.parse(failover.stdout())
    expect(result).toMatchObject({
      audience: 3000,
      sent: 3000,
      lost: 0,
      repeated: 0,
      inDoubt: 0,
      problems: [],
    })
    expect(result.resultsWrittenAgain).toBeGreaterThan(0)
    expect([await failover.filesLeft(), await failover.processesLeft()]).toEqual([[], []])
  },
)

test('a run that cannot be is refused', async () => {
  const failover = await startCommand(
    ['load/failover/failover.ts', '--lose-dispatcher', '--dispatchers', '1'],
    NOBODY,
  )
  expect(await failover.ended).toBe(2)
  expect(failover.stderr()).toContain('--lose-dispatcher needs --dispatchers of 2 or more')
})

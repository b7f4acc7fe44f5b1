import { describe, expect, it } from 'vitest'
import { ApiProblem } from '../../console/src/api/problem.ts'
import type { CampaignBody } from '../../console/src/pages/new-campaign/draft-form.ts'
import type { Stored } from '../../console/src/pages/new-campaign/draft-saver.ts'
import {
  type Press,
  putOnItsWay,
  type ScheduledBody,
  type SendApi,
} from '../../console/src/pages/new-campaign/put-on-its-way.ts'
import type { WholeCampaignReply } from '../../src/api/campaigns/campaign-schemas.ts'

const body = (title: string): CampaignBody => ({
  name: title,
  message: { title },
  audience: { all: true },
  ratePerMinute: null,
  latestStartMinutes: 60,
  priority: 5,
  guarantee: 'at_least_once',
  kind: 'service',
  advertiser: null,
  night: 'skip',
  sendWindow: null,
  notAfter: null,
  defaultZone: null,
  ignoresCaps: false,
  countsTowardCaps: true,
  oncePerMember: false,
})
const stored = (given: Partial<ScheduledBody>, version: number): Stored => ({
  campaign: {
    ...given,
    unfinished: null,
    scheduledAt: given.scheduledAt ?? null,
    localAt: given.localAt ?? null,
    id: 'one',
    version,
  } as unknown as WholeCampaignReply,
  etag: `"${version}"`,
})

function setup() {
  let now = stored(body('one'), 1)
  const calls: string[] = []
  let losesAnswer = false
  const api: SendApi = {
    change: async (_id, changes, etag) => {
      calls.push(
        `change ${changes.name} ${changes.localAt ?? changes.scheduledAt} ${changes.confirmAudience} ${etag}`,
      )
      if (etag !== now.etag) throw new ApiProblem({ status: 412, code: 'version_conflict' })
      now = stored(changes, now.campaign.version + 1)
      if (losesAnswer) throw new ApiProblem({ status: 0, code: 'unreachable' })
      return now
    },
    read: async () => now,
    send: async (id, confirmAudience, etag, key) => {
      calls.push(`send ${confirmAudience} ${etag} ${key}`)
      return { id } as WholeCampaignReply
    },
  }
  const kept: Stored[] = []
  const press: Press = {
    seen: now,
    body: body('one'),
    at: null,
    localTime: null,
    confirmAudience: null,
    idempotencyKey: 'key',
    onStored: (next) => kept.push(next),
  }
  return {
    api,
    calls,
    kept,
    press,
    loseAnswers: (loses: boolean) => {
      losesAnswer = loses
    },
  }
}

describe('the last press', () => {
  it('names the version that was on the screen and the number that was typed', async () => {
    const { api, calls, press } = setup()
    await putOnItsWay(api, press)
    await putOnItsWay(api, { ...press, confirmAudience: 51_805 })
    expect(calls).toEqual(['send null "1" key', 'send 51805 "1" key'])
  })

  it('stores the changes of a scheduled campaign without its time before it sends them now', async () => {
    const { api, calls, kept, press } = setup()
    await putOnItsWay(api, { ...press, body: body('two') })
    expect(calls).toEqual(['change two null undefined "1"', 'send null "2" key'])
    expect(kept).toHaveLength(1)
  })

  it('sends nothing that could not be stored', async () => {
    const { api, calls, press } = setup()
    const old = { ...press.seen, etag: '"0"' }
    await expect(putOnItsWay(api, { ...press, seen: old, body: body('two') })).rejects.toThrow()
    expect(calls).toHaveLength(1)
  })

  it('gives it its time, and counts a lost answer to that as done', async () => {
    const { api, calls, press, loseAnswers } = setup()
    const at = new Date('2030-01-01T00:00:00Z')
    loseAnswers(true)
    await expect(putOnItsWay(api, { ...press, at, confirmAudience: 2 })).rejects.toThrow()
    loseAnswers(false)
    expect(await putOnItsWay(api, { ...press, at, confirmAudience: 2 })).toMatchObject({
      scheduledAt: at.toISOString(),
      version: 2,
    })
    expect(calls[0]).toBe('change one 2030-01-01T00:00:00.000Z 2 "1"')
    await expect(putOnItsWay(api, { ...press, at: new Date('2031-01-01T00:00:00Z') })).rejects.toThrow()
  })

  it('schedules it at local times, and counts a lost answer to that as done, for the same choices', async () => {
    const { api, calls, press, loseAnswers } = setup()
    const localTime = {
      localAt: '2030-12-24T20:00',
      late: 'now',
      unknownZone: 'skip',
      defaultZone: 'Asia/Seoul',
    } as const
    loseAnswers(true)
    await expect(putOnItsWay(api, { ...press, localTime })).rejects.toThrow()
    loseAnswers(false)
    expect(await putOnItsWay(api, { ...press, localTime })).toMatchObject({ ...localTime, version: 2 })
    expect(calls[0]).toBe('change one 2030-12-24T20:00 undefined "1"')
    await expect(putOnItsWay(api, { ...press, localTime: { ...localTime, late: 'skip' } })).rejects.toThrow()
  })
})

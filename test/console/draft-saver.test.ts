import { describe, expect, it } from 'vitest'
import { ApiProblem } from '../../console/src/api/problem.ts'
import type { CampaignBody } from '../../console/src/pages/new-campaign/draft-form.ts'
import {
  contentOf,
  type DraftApi,
  DraftSaver,
  type Stored,
} from '../../console/src/pages/new-campaign/draft-saver.ts'
import { putOnItsWay } from '../../console/src/pages/new-campaign/put-on-its-way.ts'
import type { CampaignReply } from '../../src/api/campaigns/campaign-schemas.ts'

const body = (title: string): CampaignBody => ({
  name: title,
  message: { title, body: 'text', data: { b: '1', a: '2' } },
  audience: { all: true },
  ratePerMinute: null,
  priority: 5,
  guarantee: 'at_least_once',
})

const noAnswer = () => new ApiProblem({ status: 0, code: 'unreachable' })
const conflict = () => new ApiProblem({ status: 412, code: 'version_conflict' })

/** A server of one campaign. `failNext` loses the answer, or the request before it is done. */
function server() {
  let stored: Stored | null = null
  const answers = new Map<string, Stored>()
  const calls: string[] = []
  let failure: 'lost_request' | 'lost_answer' | 'refused' | null = null
  const put = (given: CampaignBody, version: number): Stored => {
    // In another order, as PostgreSQL gives it back.
    const message = { ...given.message, data: { a: '2', b: '1' } }
    const campaign = { ...given, message, id: 'one', version } as unknown as CampaignReply
    stored = { campaign, etag: `"${version}"` }
    return stored
  }
  const answer = async (action: () => Stored): Promise<Stored> => {
    await Promise.resolve()
    const how = failure
    failure = null
    if (how === 'lost_request') throw noAnswer()
    if (how === 'refused') throw new ApiProblem({ status: 400, code: 'invalid_request' })
    const done = action()
    if (how === 'lost_answer') throw noAnswer()
    return done
  }
  const api: DraftApi = {
    create: (given, key) => {
      calls.push(`create ${given.name} ${key}`)
      return answer(() => {
        const before = answers.get(key)
        if (before !== undefined) return before
        const made = put(given, 1)
        answers.set(key, made)
        return made
      })
    },
    change: (_id, given, etag) => {
      calls.push(`change ${given.name}`)
      return answer(() => {
        if (etag !== stored?.etag) throw conflict()
        return put(given, (stored?.campaign.version ?? 0) + 1)
      })
    },
    read: async () => stored as Stored,
  }
  return {
    api,
    calls,
    failNext: (how: NonNullable<typeof failure>) => {
      failure = how
    },
    /** Somebody else. */
    write: (title: string) => put(body(title), (stored?.campaign.version ?? 0) + 1),
    name: () => stored?.campaign.name,
    version: () => stored?.campaign.version,
  }
}

describe('a draft is kept on the server', () => {
  it('made once, then changed; what comes in between waits and only the newest is stored', async () => {
    const { api, calls, name } = server()
    const saver = new DraftSaver(api, null)
    const all = [saver.save(body('one')), saver.save(body('two')), saver.save(body('three'))]
    await Promise.all(all)
    expect(calls.map((call) => call.split(' ').slice(0, 2).join(' '))).toEqual(['create one', 'change three'])
    await saver.save(body('four'))
    await saver.save(body('four'))
    expect(calls).toHaveLength(3)
    expect(name()).toBe('four')
    expect(saver.state()).toMatchObject({ id: 'one', version: 3, isSaving: false, error: null })
  })

  it('typed on while it is being stored, it is stored again', async () => {
    const { api, name, version } = server()
    const saver = new DraftSaver(api, null)
    const first = saver.save(body('one'))
    await Promise.resolve()
    saver.save(body('two'))
    await first
    expect([name(), version()]).toEqual(['two', 2])
  })

  it('made once although the answer was lost: the same is asked with the same key', async () => {
    const { api, calls, failNext, name, version } = server()
    const saver = new DraftSaver(api, null)
    failNext('lost_answer')
    await expect(saver.save(body('one'))).rejects.toThrow()
    expect(saver.state().error).toBeInstanceOf(ApiProblem)
    await saver.save(body('two'))
    expect(calls[1]).toBe(calls[0])
    expect([name(), version()]).toEqual(['two', 2])
  })

  it('refused, it is made anew of what was fixed', async () => {
    const { api, calls, failNext } = server()
    const saver = new DraftSaver(api, null)
    failNext('refused')
    await expect(saver.save(body('one'))).rejects.toThrow()
    await saver.save(body('two'))
    expect(calls).toHaveLength(2)
    expect(calls[1]).toMatch(/^create two/)
  })

  it('knows its own change again when the answer to it was lost', async () => {
    const { api, failNext, version } = server()
    const saver = new DraftSaver(api, null)
    await saver.save(body('one'))
    failNext('lost_answer')
    await expect(saver.save(body('two'))).rejects.toThrow()
    await saver.save(body('two'))
    expect(saver.state()).toMatchObject({ conflict: null, error: null, version: 2 })
    expect(version()).toBe(2)
  })

  it('does not write over what somebody else wrote, until it is told to', async () => {
    const { api, name, write } = server()
    const saver = new DraftSaver(api, null)
    await saver.save(body('one'))
    write('theirs')
    await expect(saver.save(body('mine'))).rejects.toThrow()
    expect(saver.state().conflict).toMatchObject({ name: 'theirs' })
    expect(name()).toBe('theirs')
    await saver.keepMine(body('mine'))
    expect(name()).toBe('mine')
    expect(saver.state()).toMatchObject({ conflict: null, error: null })
  })

  it('is the same in whatever order its fields come', () => {
    const { write } = server()
    expect(contentOf(write('one').campaign)).toBe(contentOf(body('one')))
  })
})

describe('the last press', () => {
  const setup = async () => {
    const fake = server()
    const saver = new DraftSaver(fake.api, null)
    await saver.save(body('one'))
    const sent: string[] = []
    const api = {
      ...fake.api,
      send: async (id: string, key: string) => {
        sent.push(`${id} ${key}`)
        return { id } as CampaignReply
      },
    }
    const { etag } = saver.state()
    const press = { id: 'one', etag, body: body('one'), isSaved: true, at: null, idempotencyKey: 'key' }
    return { ...fake, api, sent, press }
  }

  it('sends what is saved, and saves what is not before', async () => {
    const { api, press, sent, calls, name } = await setup()
    await putOnItsWay(api, press)
    expect(calls).toHaveLength(1)
    await putOnItsWay(api, { ...press, body: body('two'), isSaved: false })
    expect(name()).toBe('two')
    expect(sent).toEqual(['one key', 'one key'])
  })

  it('does not send what it could not save', async () => {
    const { api, press, sent, write } = await setup()
    write('theirs')
    await expect(putOnItsWay(api, { ...press, isSaved: false })).rejects.toThrow()
    expect(sent).toEqual([])
  })

  it('gives it its time, and counts a lost answer to that as done', async () => {
    const { api, press, failNext, version } = await setup()
    const at = new Date('2030-01-01T00:00:00Z')
    failNext('lost_answer')
    await expect(putOnItsWay(api, { ...press, at })).rejects.toThrow()
    expect(await putOnItsWay(api, { ...press, at })).toMatchObject({ scheduledAt: at.toISOString() })
    expect(version()).toBe(2)
    await expect(putOnItsWay(api, { ...press, at: new Date('2031-01-01T00:00:00Z') })).rejects.toThrow()
  })
})

import { describe, expect, it } from 'vitest'
import { ApiProblem } from '../../console/src/api/problem.ts'
import type { CampaignBody, DraftContent } from '../../console/src/pages/new-campaign/draft-form.ts'
import {
  contentOf,
  type DraftApi,
  DraftSaver,
  type Stored,
} from '../../console/src/pages/new-campaign/draft-saver.ts'
import type { WholeCampaignReply } from '../../src/api/campaigns/campaign-schemas.ts'

const body = (title: string): CampaignBody => ({
  name: title,
  message: { title, body: 'text', data: { b: '1', a: '2' } },
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
const whole = (title: string): DraftContent => ({ ...body(title), unfinished: null })
const typed = (title: string): DraftContent => ({
  message: null,
  audience: null,
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
  unfinished: { format: 1, form: { title } },
})

const noAnswer = () => new ApiProblem({ status: 0, code: 'unreachable' })
const conflict = () => new ApiProblem({ status: 412, code: 'version_conflict' })

/** A server of one campaign. `failNext` loses the answer, or the request before it is done. */
function server() {
  let stored: Stored | null = null
  const answers = new Map<string, Stored>()
  const calls: string[] = []
  let failure: 'lost_request' | 'lost_answer' | 'refused' | null = null
  const put = (given: DraftContent, version: number, more: Partial<WholeCampaignReply> = {}): Stored => {
    // In another order, as PostgreSQL gives it back.
    const message = given.message && { ...given.message, data: { a: '2', b: '1' } }
    const campaign = { state: 'draft', scheduledAt: null, ...given, message, id: 'one', version, ...more }
    stored = { campaign: campaign as unknown as WholeCampaignReply, etag: `"${version}"` }
    return stored
  }
  const next = () => (stored?.campaign.version ?? 0) + 1
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
        return put(given, next())
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
    write: (title: string, more?: Partial<WholeCampaignReply>) => put(whole(title), next(), more),
    stored: () => stored as Stored,
    name: () => stored?.campaign.name,
    version: () => stored?.campaign.version,
  }
}

describe('a draft is kept on the server', () => {
  it('made once, then changed; what comes in between waits and only the newest is stored', async () => {
    const { api, calls, name } = server()
    const saver = new DraftSaver(api, null)
    const all = [saver.save(whole('one')), saver.save(whole('two')), saver.save(whole('three'))]
    await Promise.all(all)
    expect(calls.map((call) => call.split(' ').slice(0, 2).join(' '))).toEqual(['create one', 'change three'])
    await saver.save(whole('four'))
    await saver.save(whole('four'))
    expect(calls).toHaveLength(3)
    expect(name()).toBe('four')
    expect(saver.state()).toMatchObject({ campaign: { id: 'one', version: 3 }, isSaving: false, error: null })
  })

  it('as it is typed, before it is a campaign', async () => {
    const { api, calls, stored } = server()
    const saver = new DraftSaver(api, null)
    await saver.save(typed('H'))
    expect(stored().campaign).toMatchObject({ message: null, unfinished: { form: { title: 'H' } } })
    await saver.save(typed('H'))
    await saver.save(typed('Hi'))
    expect(calls).toHaveLength(2)
    await saver.save(whole('Hi'))
    expect(stored().campaign.unfinished).toBeNull()
  })

  it('typed on while it is being stored, it is stored again', async () => {
    const { api, name, version } = server()
    const saver = new DraftSaver(api, null)
    const first = saver.save(whole('one'))
    await Promise.resolve()
    saver.save(whole('two'))
    await first
    expect([name(), version()]).toEqual(['two', 2])
  })

  it('made once although the answer was lost: the same is asked with the same key', async () => {
    const { api, calls, failNext, name, version } = server()
    const saver = new DraftSaver(api, null)
    failNext('lost_answer')
    await expect(saver.save(whole('one'))).rejects.toThrow()
    expect(saver.state()).toMatchObject({ error: expect.any(ApiProblem), refused: null })
    await saver.save(whole('two'))
    expect(calls[1]).toBe(calls[0])
    expect([name(), version()]).toEqual(['two', 2])
  })

  it('refused, it is not offered again by itself, and made anew of what was fixed', async () => {
    const { api, calls, failNext } = server()
    const saver = new DraftSaver(api, null)
    failNext('refused')
    await expect(saver.save(whole('one'))).rejects.toThrow()
    expect(saver.state().refused).toBe(contentOf(whole('one')))
    await saver.save(whole('two'))
    expect(saver.state().refused).toBeNull()
    expect(calls).toHaveLength(2)
    expect(calls[1]).toMatch(/^create two/)
  })

  it('knows its own change again when the answer to it was lost', async () => {
    const { api, failNext, version } = server()
    const saver = new DraftSaver(api, null)
    await saver.save(whole('one'))
    failNext('lost_answer')
    await expect(saver.save(whole('two'))).rejects.toThrow()
    await saver.save(whole('two'))
    expect(saver.state()).toMatchObject({ conflict: null, error: null, campaign: { version: 2 } })
    expect(version()).toBe(2)
  })

  it('is the same in whatever order its fields come', () => {
    const { write } = server()
    expect(contentOf(write('one').campaign)).toBe(contentOf(whole('one')))
  })

  it('is a draft of its own again when somebody has deleted it', async () => {
    const { api, calls } = server()
    const saver = new DraftSaver(api, null)
    await saver.save(whole('one'))
    await saver.save(whole('two'))
    saver.startAnew()
    await saver.save(whole('three'))
    const [first, second] = calls.filter((call) => call.startsWith('create'))
    // With the key of the first, the server would answer with the draft that is deleted.
    expect(second).toMatch(/^create three /)
    expect(second?.split(' ')[2]).not.toBe(first?.split(' ')[2])
  })
})

describe('what somebody else has saved', () => {
  const setup = async () => {
    const fake = server()
    const saver = new DraftSaver(fake.api, null)
    await saver.save(whole('one'))
    return { ...fake, saver }
  }

  it('is not written over until the user has seen it and said so', async () => {
    const { saver, name, write } = await setup()
    write('theirs')
    await expect(saver.save(whole('mine'))).rejects.toThrow()
    expect(saver.state().conflict?.campaign).toMatchObject({ name: 'theirs' })
    expect(name()).toBe('theirs')
    await expect(saver.save(whole('mine, typed on'))).rejects.toThrow()
    expect(name()).toBe('theirs')
    await saver.keepMine(whole('mine'))
    expect(name()).toBe('mine')
    expect(saver.state()).toMatchObject({ conflict: null, error: null })
  })

  it('a second time, while the user was looking at the first, is shown as well', async () => {
    const { saver, name, write } = await setup()
    write('theirs')
    await expect(saver.save(whole('mine'))).rejects.toThrow()
    write('and theirs')
    await expect(saver.keepMine(whole('mine'))).rejects.toThrow()
    expect(name()).toBe('and theirs')
    expect(saver.state().conflict?.campaign).toMatchObject({ name: 'and theirs' })
  })

  it('is noticed without a save of our own, and can be taken over', async () => {
    const { saver, write, version } = await setup()
    const theirs = write('theirs')
    saver.noticed(theirs)
    expect(saver.state().conflict).toBe(theirs)
    saver.adopt(theirs)
    expect(saver.state()).toMatchObject({ conflict: null, etag: '"2"' })
    await saver.save(whole('on top'))
    expect(version()).toBe(3)
  })

  it('that they have sent it is noticed too', async () => {
    const { saver, write } = await setup()
    saver.noticed(write('one', { state: 'sending' }))
    expect(saver.state().conflict?.campaign.state).toBe('sending')
  })

  it('is no conflict when it is a tag, even if it is met by a save of our own', async () => {
    const { saver, write, stored } = await setup()
    write('one', { tags: ['sale'] })
    await saver.save(whole('two'))
    expect(saver.state()).toMatchObject({ conflict: null, error: null, etag: '"3"' })
    expect(stored().campaign).toMatchObject({ name: 'two', version: 3 })
  })

  it('but not a tag, which is nothing that is edited here, nor an old answer', async () => {
    const { saver, write, stored } = await setup()
    const old = stored()
    saver.noticed(write('one', { tags: ['sale'] }))
    expect(saver.state()).toMatchObject({ conflict: null, etag: '"2"' })
    saver.noticed(old)
    expect(saver.state().etag).toBe('"2"')
  })
})

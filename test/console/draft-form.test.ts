import { describe, expect, it } from 'vitest'
import {
  type DraftForm,
  draftFormOf,
  emptyDraft,
  nameOf,
  readDraft,
} from '../../console/src/pages/new-campaign/draft-form.ts'

const empty = emptyDraft('Asia/Seoul')
const whole: DraftForm = {
  ...empty,
  name: 'June',
  message: { ...empty.message, title: 'Hello', body: 'World' },
  audience: { ...empty.audience, kind: 'all' },
}

describe('a draft', () => {
  it('is not saved before message and audience are there', () => {
    expect(readDraft(empty)).toMatchObject({ body: null, stepsAtFault: ['message', 'audience'] })
    expect(readDraft({ ...whole, audience: empty.audience }).body).toBeNull()
  })

  it('is saved without its time, which alone would put it on its way', () => {
    const draft = readDraft({
      ...whole,
      schedule: { when: 'at', date: '2030-01-01', time: '09:00', zone: 'Asia/Seoul' },
    })
    expect(draft.body).toEqual({
      name: 'June',
      message: { title: 'Hello', body: 'World' },
      audience: { all: true },
      ratePerMinute: null,
      priority: 5,
      guarantee: 'at_least_once',
    })
    expect(draft.startsAt?.at).toEqual(new Date('2030-01-01T00:00:00Z'))
    expect(draft.stepsAtFault).toEqual([])
  })

  it('is saved while its time is missing, and not while its rate is wrong', () => {
    const untimed = readDraft({ ...whole, schedule: { ...whole.schedule, when: 'at' } })
    expect(untimed).toMatchObject({ stepsAtFault: ['when'], body: { name: 'June' } })
    for (const ratePerMinute of ['0', '1.5', 'fast', '100000001']) {
      expect(readDraft({ ...whole, ratePerMinute })).toMatchObject({ body: null, stepsAtFault: ['speed'] })
    }
    expect(readDraft({ ...whole, ratePerMinute: '60,000' }).body?.ratePerMinute).toBe(60_000)
  })

  it('has its title for a name where none is given, cut without breaking a character', () => {
    expect(nameOf({ ...whole, name: ' ' })).toBe('Hello')
    const name = nameOf({ ...whole, name: '', message: { ...whole.message, title: `${'x'.repeat(199)}🔔` } })
    expect(name.isWellFormed()).toBe(true)
    expect(name.length).toBeLessThanOrEqual(200)
  })

  it('comes back from the server as it was', () => {
    const campaign = {
      name: 'June',
      message: { title: 'Hello', body: 'World' },
      audience: { all: true },
      scheduledAt: '2030-01-01T00:00:00.000Z',
      ratePerMinute: 60_000,
      priority: 2,
      guarantee: 'at_most_once',
    } as const
    const form = draftFormOf(campaign, 'Asia/Seoul')
    expect(form.schedule).toEqual({ when: 'at', date: '2030-01-01', time: '09:00', zone: 'Asia/Seoul' })
    const { scheduledAt, ...rest } = campaign
    expect(readDraft(form)).toMatchObject({ body: rest, startsAt: { at: new Date(scheduledAt) } })
  })
})

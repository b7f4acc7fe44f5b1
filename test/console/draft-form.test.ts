import { describe, expect, it } from 'vitest'
import { withoutGaps } from '../../console/src/api/drafts.ts'
import {
  contentToTest,
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
  rules: { ...empty.rules, kind: 'service' },
}

const JUNE = {
  name: 'June',
  message: { title: 'Hello', body: 'World' },
  audience: { all: true },
  unfinished: null,
  scheduledAt: '2030-01-01T00:00:00.000Z',
  localAt: null,
  late: null,
  unknownZone: null,
  ratePerMinute: 60_000,
  latestStartMinutes: 60,
  priority: 2,
  guarantee: 'at_most_once',
  kind: 'advertising',
  advertiser: { name: '가게', optOutHint: '수신거부: 설정' },
  night: 'delay',
  sendWindow: { from: '09:00', until: '20:00', outside: 'skip' },
  ignoresCaps: true,
  countsTowardCaps: false,
  oncePerMember: true,
  notAfter: null,
  defaultZone: null,
} as const

describe('a draft', () => {
  it('is kept as it is typed before message and audience are there', () => {
    const read = readDraft(empty)
    expect(read).toMatchObject({ body: null, stepsAtFault: ['message', 'audience'] })
    expect(read.content).toMatchObject({ message: null, audience: null, unfinished: { form: empty } })
    expect(read.content).not.toHaveProperty('name')
    const half = readDraft({ ...whole, audience: empty.audience })
    expect(half).toMatchObject({
      body: null,
      content: { message: { title: 'Hello', body: 'World' }, audience: null, unfinished: { format: 1 } },
    })
    // A new campaign takes no null for what is missing.
    expect(Object.keys(withoutGaps(half.content)).sort()).toEqual(
      [
        ...['guarantee', 'latestStartMinutes', 'message', 'name', 'priority', 'unfinished'],
        ...['kind', 'night'],
        ...['ignoresCaps', 'countsTowardCaps', 'oncePerMember'],
      ].sort(),
    )
    // The message alone can be tested.
    expect(contentToTest(half)).toMatchObject({ message: { title: 'Hello' }, unfinished: null })
    expect(contentToTest(read)).toBeNull()
  })

  it('is a campaign without its time, which alone would put it on its way', () => {
    const body = {
      name: 'June',
      message: { title: 'Hello', body: 'World' },
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
    }
    expect(readDraft(whole)).toMatchObject({ body, content: { ...body, unfinished: null } })
    const schedule = {
      ...whole.schedule,
      when: 'at',
      date: '2030-01-01',
      time: '09:00',
      zone: 'Asia/Seoul',
    } as const
    const draft = readDraft({ ...whole, schedule })
    expect(draft.body).toEqual(body)
    expect(draft.content.unfinished).toMatchObject({ form: { schedule } })
    expect(draft.startsAt?.at).toEqual(new Date('2030-01-01T00:00:00Z'))
    expect(draft.stepsAtFault).toEqual([])
  })

  it('is none until its kind is chosen, and an advertisement says who sends it', () => {
    const rules = { ...empty.rules, kind: 'advertising' } as const
    expect(readDraft({ ...whole, rules: empty.rules })).toMatchObject({
      body: null,
      stepsAtFault: ['message'],
      content: { unfinished: { format: 1 } },
    })
    expect(readDraft({ ...whole, rules })).toMatchObject({ body: null, stepsAtFault: ['message'] })
    const named = { ...rules, advertiserName: ' 가게 ', optOutHint: '수신거부: 설정' }
    expect(readDraft({ ...whole, rules: named }).body).toMatchObject({
      kind: 'advertising',
      advertiser: { name: '가게', optOutHint: '수신거부: 설정' },
    })
    for (const windowUntil of ['', '10:00', '25:00']) {
      const broken = { ...named, hasWindow: true, windowUntil }
      expect(readDraft({ ...whole, rules: broken })).toMatchObject({ body: null, stepsAtFault: ['review'] })
    }
  })

  it('has an end of sending only if something of it may wait, and then after its start', () => {
    const rules = { ...whole.rules, notAfterDate: '2030-01-02', notAfterTime: '09:00' }
    const schedule = { ...whole.schedule, when: 'at', date: '2030-01-01', time: '09:00' } as const
    expect(readDraft({ ...whole, rules, schedule }).body?.notAfter).toBeNull()
    const waiting = { ...rules, hasWindow: true }
    const read = readDraft({ ...whole, rules: waiting, schedule })
    expect(read.body?.notAfter).toBe('2030-01-02T00:00:00.000Z')
    for (const wrong of [{ notAfterTime: '' }, { notAfterDate: '2030-01-01' }, { notAfterDate: '' }]) {
      expect(readDraft({ ...whole, rules: { ...waiting, ...wrong }, schedule })).toMatchObject({
        ...{ body: null, stepsAtFault: ['review'], rules: { notAfterIsWrong: true } },
      })
    }
    // Its seconds are not lost by opening it.
    const stored = { ...JUNE, notAfter: '2030-01-03T03:04:05.678Z' }
    expect(readDraft(draftFormOf(stored, 'Asia/Seoul')).body?.notAfter).toBe(stored.notAfter)
  })

  it('has a zone of members without one, which at local times is that of the time', () => {
    const rules = { ...whole.rules, defaultZone: 'Asia/Tokyo' }
    expect(readDraft({ ...whole, rules }).body?.defaultZone).toBe('Asia/Tokyo')
    const schedule = { ...whole.schedule, when: 'local', date: '2030-01-01', time: '09:00' } as const
    expect(readDraft({ ...whole, rules, schedule }).body?.defaultZone).toBe('Asia/Seoul')
    expect(draftFormOf({ ...JUNE, defaultZone: 'Asia/Tokyo' }, 'UTC').rules.defaultZone).toBe('Asia/Tokyo')
  })

  it('has the day for which it was begun', () => {
    const { schedule } = emptyDraft('Asia/Seoul', '2030-12-24')
    expect(schedule).toMatchObject({ when: 'at', date: '2030-12-24', time: '' })
  })

  it('misses its time or a rate in the last step', () => {
    for (const when of ['at', 'local'] as const) {
      const untimed = readDraft({ ...whole, schedule: { ...whole.schedule, when } })
      expect(untimed).toMatchObject({ stepsAtFault: ['review'], body: { name: 'June' }, isForLater: false })
    }
    for (const ratePerMinute of ['0', '1.5', 'fast', '100000001']) {
      expect(readDraft({ ...whole, ratePerMinute })).toMatchObject({ body: null, stepsAtFault: ['review'] })
    }
    expect(readDraft({ ...whole, ratePerMinute: '60,000' }).body?.ratePerMinute).toBe(60_000)
  })

  it('has its title for a name where none is given, cut without breaking a character', () => {
    expect(nameOf({ ...whole, name: ' ' })).toBe('Hello')
    const name = nameOf({ ...whole, name: '', message: { ...whole.message, title: `${'x'.repeat(199)}🔔` } })
    expect(name.isWellFormed()).toBe(true)
    expect(name.length).toBeLessThanOrEqual(200)
  })

  it('that took its name from the title goes on doing so when it is opened again', () => {
    const { body } = readDraft({ ...whole, name: '' })
    const campaign = { ...body, unfinished: null, scheduledAt: null, localAt: null } as Parameters<
      typeof draftFormOf
    >[0]
    const form = draftFormOf(campaign, 'Asia/Seoul')
    expect(form.name).toBe('')
    expect(readDraft(form).body).toEqual(body)
  })

  it('comes back from the server as it was', () => {
    const form = draftFormOf(JUNE, 'Asia/Seoul')
    const fields = { when: 'at', date: '2030-01-01', time: '09:00', zone: 'Asia/Seoul' }
    expect(form.schedule).toMatchObject({ ...fields, stored: JUNE.scheduledAt })
    const {
      scheduledAt,
      unfinished: _,
      localAt,
      late,
      unknownZone,
      defaultZone,
      notAfter: __,
      ...rest
    } = JUNE
    const local = {
      localAt: '2030-01-01T20:00',
      late: 'now',
      unknownZone: 'skip',
      defaultZone: 'Asia/Tokyo',
    } as const
    const atLocalTimes = draftFormOf({ ...JUNE, ...local }, 'Asia/Seoul')
    expect(atLocalTimes.schedule).toMatchObject({
      when: 'local',
      date: '2030-01-01',
      time: '20:00',
      late: 'now',
    })
    expect(readDraft(atLocalTimes)).toMatchObject({
      body: rest,
      startsAt: null,
      localTime: local,
      isForLater: true,
    })
    expect([localAt, late, unknownZone, defaultZone]).toEqual([null, null, null, null])
    expect(readDraft(form)).toMatchObject({ body: rest, startsAt: { at: new Date(scheduledAt) } })
  })

  it('keeps its time while the fields still say it: which of two equal times was meant, and the seconds', () => {
    const at = '2026-11-01T06:30:15.250Z'
    const form = draftFormOf({ ...JUNE, scheduledAt: at }, 'America/New_York')
    expect(form.schedule).toMatchObject({ date: '2026-11-01', time: '01:30' })
    expect(readDraft(form).startsAt?.at.toISOString()).toBe(at)
    const moved = { ...form, schedule: { ...form.schedule, time: '01:31' } }
    expect(readDraft(moved).startsAt?.at.toISOString()).toBe('2026-11-01T05:31:00.000Z')
  })
})

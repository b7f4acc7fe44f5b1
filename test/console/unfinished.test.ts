import { describe, expect, it } from 'vitest'
import { type DraftForm, draftFormOf, emptyDraft } from '../../console/src/pages/new-campaign/draft-form.ts'
import { formOfUnfinished, unfinishedOf } from '../../console/src/pages/new-campaign/unfinished.ts'
import { UNRESTRICTED } from '../../src/domain/send-rules.ts'

const empty = emptyDraft('Asia/Seoul')
const form: DraftForm = {
  name: ' ',
  message: {
    kind: 'silent',
    title: 'Hel',
    body: '\n',
    imageUrl: 'http',
    link: 'myshop:',
    data: [{ key: '', value: 'x' }],
    android: '{ "ttl": ',
    apns: '',
    webpush: '{}',
    isLiteral: true,
  },
  audience: {
    kind: 'filter',
    platforms: ['ios'],
    locales: ['k', 'de-AT'],
    attributes: [{ name: '', kind: 'number', value: 'many' }],
    seenWithinDays: '-',
    externalIds: 'a\n',
  },
  schedule: {
    when: 'local',
    date: '2031-01-01',
    time: '',
    zone: 'Europe/Vienna',
    late: 'next_day',
    unknownZone: 'skip',
  },
  ratePerMinute: 'fast',
  latestStartMinutes: 60,
  priority: 3,
  guarantee: 'at_most_once',
  rules: {
    kind: '',
    advertiserName: ' 가',
    optOutHint: '',
    night: 'delay',
    hasWindow: true,
    windowFrom: '09:00',
    windowUntil: '1',
    outside: 'skip',
    notAfterDate: '2031-01-02',
    notAfterTime: '',
    defaultZone: 'Asia/Tokyo',
    ignoresCaps: true,
    countsTowardCaps: false,
    oncePerMember: true,
  },
}

describe('a form that is no campaign yet', () => {
  it('comes back from the server exactly as it was typed', () => {
    const unfinished = JSON.parse(JSON.stringify(unfinishedOf(form)))
    expect(formOfUnfinished(unfinished, empty)).toEqual(form)
    const local = { localAt: null, late: null, unknownZone: null, defaultZone: null }
    const campaign = {
      name: 'x',
      message: null,
      audience: null,
      scheduledAt: null,
      ratePerMinute: null,
      ...UNRESTRICTED,
      ...local,
    }
    expect(
      draftFormOf(
        { ...campaign, latestStartMinutes: 60, priority: 5, guarantee: 'at_least_once', unfinished },
        'Asia/Seoul',
      ),
    ).toEqual(form)
  })

  it('of another program is none, and the campaign’s own fields count', () => {
    for (const unfinished of [{}, { format: 99, form }, { format: 1 }, { format: 1, form: [] }]) {
      expect(formOfUnfinished(unfinished, empty)).toBeNull()
    }
  })

  it('breaks nothing, whatever is in it', () => {
    const strange = {
      name: 5,
      message: { data: [null, 'x', { key: 1 }], kind: 'loud' },
      schedule: { zone: 'Mars' },
    }
    const read = formOfUnfinished({ format: 1, form: strange }, empty)
    expect(read).toMatchObject({
      name: '',
      message: { kind: 'notification', data: [{ key: '', value: '' }] },
    })
    expect(read?.schedule.zone).toBe('Asia/Seoul')
    expect(
      formOfUnfinished({ format: 1, form: { audience: { platforms: ['fax'], locales: 'ko' } } }, empty),
    ).toEqual({
      ...empty,
    })
  })
})

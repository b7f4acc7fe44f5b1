import { describe, expect, it } from 'vitest'
import { differingFields } from '../../console/src/pages/new-campaign/differences.ts'
import { type DraftForm, emptyDraft } from '../../console/src/pages/new-campaign/draft-form.ts'

const empty = emptyDraft('Asia/Seoul')
const form: DraftForm = {
  ...empty,
  message: { ...empty.message, title: 'Hello', body: 'World', data: [{ key: 'a', value: '1' }] },
  audience: { ...empty.audience, kind: 'externalIds', externalIds: 'a\nb\n' },
}
const withMessage = (change: Partial<DraftForm['message']>) => ({
  ...form,
  message: { ...form.message, ...change },
})

describe('two versions of a campaign', () => {
  it('differ in what would be sent differently', () => {
    expect(differingFields(form, withMessage({ title: 'Bye' }))).toEqual(['name', 'title'])
    expect(
      differingFields(form, { ...withMessage({ imageUrl: 'https://a.example/x.png', link: 'myshop://x' }) }),
    ).toEqual(['imageUrl', 'link'])
    expect(differingFields(form, withMessage({ data: [], android: '{"ttl":"5s"}' }))).toEqual([
      'data',
      'android',
    ])
    const everyone = { ...form, audience: { ...form.audience, kind: 'all' as const } }
    expect(differingFields(form, everyone)).toEqual(['audience'])
    const others = { ...form, ratePerMinute: '60,000', priority: 1, guarantee: 'at_most_once' as const }
    expect(differingFields(form, others)).toEqual(['rate', 'priority', 'guarantee'])
  })

  it('and in what is typed and is no campaign yet', () => {
    expect(differingFields(withMessage({ android: '{' }), withMessage({ android: '{ ' }))).toEqual([])
    expect(differingFields(withMessage({ android: '{' }), withMessage({ android: '{"' }))).toEqual([
      'android',
    ])
  })

  it('and not in how it is written', () => {
    expect(
      differingFields(withMessage({ android: '{"ttl":"5s","priority":"high"}' }), {
        ...withMessage({ android: '{\n  "priority": "high",\n  "ttl": "5s"\n}' }),
        audience: { ...form.audience, externalIds: ' a , b' },
      }),
    ).toEqual([])
    const at = (date: string, time: string, zone: string) => ({
      ...form,
      schedule: { ...form.schedule, when: 'at' as const, date, time, zone },
    })
    const seoul = at('2031-01-01', '09:00', 'Asia/Seoul')
    expect(differingFields(seoul, at('2031-01-01', '00:00', 'UTC'))).toEqual([])
    expect(differingFields(seoul, form)).toEqual(['schedule'])
    const local = { ...seoul, schedule: { ...seoul.schedule, when: 'local' as const } }
    expect(differingFields(local, seoul)).toEqual(['schedule'])
    const late = { ...local, schedule: { ...local.schedule, late: 'now' as const } }
    expect(differingFields(local, late)).toEqual(['schedule'])
  })
})

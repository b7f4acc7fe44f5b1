import { describe, expect, test } from 'vitest'
import { filterOf, readActivitySearch } from '../../console/src/pages/activity/activity-search.ts'
import { linesOf } from '../../console/src/pages/activity/event-lines.ts'
import { activityText } from '../../console/src/text/en/activity.ts'
import { activityText as korean } from '../../console/src/text/ko/activity.ts'

const number = (n: number) => n.toLocaleString('en')

describe('what is said of an event', () => {
  test('of a send: to whom, to how many, and what was on the screen', () => {
    const detail = {
      audience: { kind: 'filter', filter: null },
      devices: 2_000_000,
      confirmedDevices: 1_999_000,
      seenVersion: 3,
      messageHash: 'a',
    }
    expect(linesOf({ deed: 'campaign.sent', detail }, 'a', activityText, number)).toEqual([
      'Everybody who matches the filter',
      'To 2,000,000 devices, as they were counted at that moment',
      'They confirmed 1,999,000',
      'Version 3 was on their screen',
      'With the message that the campaign shows today',
    ])
    expect(linesOf({ deed: 'campaign.sent', detail }, 'b', activityText, number).at(-1)).toBe(
      'With another message than the campaign shows today',
    )
  })

  test('of an edit: what was changed, in words, also in Korean', () => {
    const event = {
      deed: 'campaign.edited',
      detail: { fields: ['message', 'audience'], devices: 3 },
    } as const
    expect(linesOf(event, null, activityText, number)).toEqual(['Changed: message, audience'])
    expect(linesOf(event, null, korean, number)).toEqual(['변경 항목: 메시지, 대상'])
  })

  test('nothing that was not recorded', () => {
    const detail = { audience: null, devices: null, confirmedDevices: null }
    expect(linesOf({ deed: 'campaign.sent', detail }, 'a', activityText, number)).toEqual([])
  })
})

test('an address that was typed by hand filters by what is valid in it', () => {
  const actor = '01990000-0000-7000-8000-000000000000'
  const given = { kind: 'everything', subject: 'x', actor, from: '2026-02-31x', through: '2026-11-30' }
  const search = readActivitySearch(given)
  expect(search).toEqual({ subject: 'x', actor, through: '2026-11-30' })
  // Through the day: up to the first instant of the next one, here.
  expect(filterOf(search)).toEqual({ subject: 'x', actor, to: new Date(2026, 11, 1).toISOString() })
  expect(readActivitySearch({ actor: 'ada', through: '2026-13-01' })).toEqual({})
})

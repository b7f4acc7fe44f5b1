import { describe, expect, test } from 'vitest'
import { possibleActions } from '../../console/src/pages/campaign/possible-actions.ts'
import { CAMPAIGN_STATES, canDo } from '../../src/domain/campaign.ts'

const progress = {
  audience: 10,
  sent: 5,
  failed: 3,
  skipped: 0,
  inDoubt: 2,
  canceled: 0,
  remaining: 0,
  isPlanned: true,
  batches: 1,
  batchesTried: 1,
  attempts: 1,
  ratePerSecond: null,
  etaSeconds: null,
  firstSentAt: null,
  lastSentAt: null,
}
const campaign = (state: (typeof CAMPAIGN_STATES)[number], more: object = {}) => ({
  state,
  closedAt: null,
  resends: [],
  progress,
  ...more,
})
const closed = { closedAt: '2026-11-21T05:00:00.000Z' }

describe('possibleActions', () => {
  test.each(CAMPAIGN_STATES)('offers for %s exactly what the server takes', (state) => {
    const { deeds } = possibleActions(campaign(state), true)
    for (const deed of ['pause', 'resume', 'cancel'] as const)
      expect(deeds.includes(deed)).toBe(canDo(deed, state))
  })

  test.each(CAMPAIGN_STATES)('offers a viewer nothing for %s', (state) => {
    expect(possibleActions(campaign(state, closed), false)).toEqual({
      canEdit: false,
      deeds: [],
      resends: [],
    })
  })

  test('only what has not been sent can be edited, and only a draft deleted', () => {
    expect(possibleActions(campaign('draft'), true)).toMatchObject({
      canEdit: true,
      deeds: ['duplicate', 'remove'],
    })
    expect(possibleActions(campaign('scheduled'), true)).toMatchObject({
      canEdit: true,
      deeds: ['duplicate', 'cancel'],
    })
    expect(possibleActions(campaign('sending'), true).canEdit).toBe(false)
  })

  test('sends again to those there are, once the counts are closed', () => {
    expect(possibleActions(campaign('finished'), true).resends).toEqual([])
    expect(possibleActions(campaign('finished', closed), true).resends).toEqual([
      { only: 'failed', count: 3 },
      { only: 'in_doubt', count: 2 },
    ])
  })

  test('does not offer what was sent again already', () => {
    const resends = [{ id: 'x', only: 'failed' as const, state: 'finished' as const }]
    expect(possibleActions(campaign('finished', { ...closed, resends }), true).resends).toEqual([
      { only: 'in_doubt', count: 2 },
    ])
  })
})

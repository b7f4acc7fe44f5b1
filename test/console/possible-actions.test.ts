import { describe, expect, test } from 'vitest'
import { possibleActions } from '../../console/src/pages/campaign/possible-actions.ts'
import { CAMPAIGN_STATES, canDo } from '../../src/domain/campaign.ts'
import { permissionsOf } from '../../src/domain/permissions.ts'

const OPERATOR = permissionsOf('operator')

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
  pauseReason: null,
  closedAt: null,
  cancelAt: null,
  archivedAt: null,
  resultsDeletedAt: null,
  resendOf: null,
  message: { title: 'Doors' },
  audienceSummary: { kind: 'all' as const },
  progress,
  ...more,
})
const closed = { closedAt: '2026-11-21T05:00:00.000Z' }

describe('possibleActions', () => {
  test.each(CAMPAIGN_STATES)('offers for %s exactly what the server takes', (state) => {
    const { actions } = possibleActions(campaign(state), OPERATOR)
    for (const action of ['pause', 'resume', 'cancel'] as const)
      expect(actions.includes(action)).toBe(canDo(action, state))
  })

  test('does not offer to resume a message that FCM refuses, but to correct it', () => {
    const refused = campaign('paused', { pauseReason: 'message_refused' })
    expect(possibleActions(refused, OPERATOR).actions).toEqual(['correct', 'cancel'])
    const corrected = campaign('paused', { pauseReason: 'message_corrected' })
    expect(possibleActions(corrected, OPERATOR).actions.slice(0, 2)).toEqual(['resume', 'correct'])
  })

  test.each(CAMPAIGN_STATES)('offers a viewer nothing for %s', (state) => {
    expect(possibleActions(campaign(state, closed), permissionsOf('viewer'))).toEqual({
      canEdit: false,
      canResend: false,
      actions: [],
      more: [],
    })
  })

  test.each(CAMPAIGN_STATES)('offers for %s without campaigns:send only what writes drafts', (state) => {
    const { canEdit, actions, more, canResend } = possibleActions(campaign(state, closed), [
      'campaigns:write',
    ])
    const all = possibleActions(campaign(state, closed), OPERATOR)
    expect(canEdit).toBe(all.canEdit && state === 'draft')
    expect(actions).toEqual([])
    expect(more).toEqual(all.more.filter((action) => action !== 'repeat'))
    expect(canResend).toBe(false)
  })

  test.each(CAMPAIGN_STATES)('offers for %s without campaigns:write only what sends', (state) => {
    const { canEdit, actions, more, canResend } = possibleActions(campaign(state, closed), ['campaigns:send'])
    const all = possibleActions(campaign(state, closed), OPERATOR)
    expect(canEdit).toBe(false)
    expect(actions).toEqual(all.actions.filter((action) => !['correct', 'unschedule'].includes(action)))
    expect(more).toEqual([])
    expect(canResend).toBe(all.canResend)
  })

  test('only what has not been sent can be edited, and only a draft deleted', () => {
    expect(possibleActions(campaign('draft'), OPERATOR)).toMatchObject({
      canEdit: true,
      actions: [],
      more: ['duplicate', 'repeat', 'tags', 'archive', 'remove'],
    })
    expect(possibleActions(campaign('scheduled'), OPERATOR)).toMatchObject({
      canEdit: true,
      actions: ['unschedule', 'cancel'],
      more: ['duplicate', 'repeat', 'tags'],
    })
    expect(possibleActions(campaign('sending'), OPERATOR).canEdit).toBe(false)
  })

  test('sends again to those there are, once the counts are closed', () => {
    expect(possibleActions(campaign('finished'), OPERATOR).canResend).toBe(false)
    expect(possibleActions(campaign('finished', closed), OPERATOR).canResend).toBe(true)
    const allSent = { ...progress, sent: 10, failed: 0, inDoubt: 0 }
    expect(possibleActions(campaign('finished', { ...closed, progress: allSent }), OPERATOR).canResend).toBe(
      false,
    )
  })

  test.each(['scheduled', 'paused'] as const)('until its cancel is final, %s cannot be acted on', (state) => {
    const canceling = campaign(state, { cancelAt: '2026-11-21T05:00:10.000Z' })
    expect(possibleActions(canceling, OPERATOR)).toMatchObject({ canEdit: false, actions: [] })
  })

  test('what is over can be archived, and taken out again', () => {
    expect(possibleActions(campaign('finished', closed), OPERATOR).more).toContain('archive')
    expect(possibleActions(campaign('sending'), OPERATOR).more).not.toContain('archive')
    const { more } = possibleActions(
      campaign('finished', { ...closed, archivedAt: closed.closedAt }),
      OPERATOR,
    )
    expect(more).toContain('unarchive')
    expect(more).not.toContain('archive')
  })
})

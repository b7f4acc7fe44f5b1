import { describe, expect, test } from 'vitest'
import type { ResendChoice, ResendCode } from '../../console/src/api/resend.ts'
import {
  chosenCount,
  firstChoice,
  isDone,
  suggested,
  typedNumber,
} from '../../console/src/pages/resend/choose.ts'

const code = (name: ResendCode['code'], more: Partial<ResendCode> = {}): ResendCode => ({
  code: name,
  devices: 10,
  active: 10,
  isAddressDead: false,
  resentBy: null,
  ...more,
})
const dead = code('unregistered', { devices: 100, active: 2, isAddressDead: true })
const resent = code('internal', { resentBy: 'a-campaign' })
const failed: ResendChoice = {
  only: 'failed',
  devices: 120,
  active: 21,
  resentBy: null,
  codes: [dead, resent, code('unavailable', { active: 9 })],
}
const inDoubt: ResendChoice = {
  only: 'in_doubt',
  devices: 10,
  active: 10,
  resentBy: null,
  codes: [code('answer_lost')],
}
const canceled: ResendChoice = { only: 'canceled', devices: 500, active: 480, resentBy: null, codes: [] }

describe('a resend', () => {
  test('suggests neither dead addresses nor whom another resend has', () => {
    expect(suggested(failed)).toEqual(['unavailable'])
    expect(firstChoice([failed, inDoubt])).toEqual({ only: 'failed', codes: ['unavailable'] })
  })

  test('never suggests devices in doubt, which may get it twice', () => {
    expect(firstChoice([inDoubt])).toEqual({ only: 'in_doubt', codes: [] })
    expect(firstChoice([{ ...failed, codes: [dead] }, inDoubt])).toEqual({ only: 'failed', codes: [] })
  })

  test('takes the canceled devices as a whole, and once', () => {
    expect(firstChoice([failed, canceled])).toEqual({ only: 'canceled', codes: [] })
    const over = { ...canceled, resentBy: 'a-campaign' }
    expect(isDone(over)).toBe(true)
    expect(firstChoice([over])).toBe(null)
    expect(firstChoice([{ ...failed, codes: [resent] }])).toBe(null)
  })

  test('counts what is chosen, and never whom another resend has', () => {
    expect(chosenCount(failed, ['unavailable'])).toEqual({ devices: 10, active: 9 })
    expect(chosenCount(failed, ['unavailable', 'unregistered', 'internal'])).toEqual({
      devices: 110,
      active: 11,
    })
    expect(chosenCount(failed, [])).toEqual({ devices: 0, active: 0 })
    const uncounted = { ...failed, codes: [code('internal', { active: null }), code('unavailable')] }
    expect(chosenCount(uncounted, ['internal', 'unavailable'])).toEqual({ devices: 20, active: null })
    expect(chosenCount(canceled, [])).toEqual({ devices: 500, active: 480 })
  })

  test('is confirmed by a number as people write it', () => {
    expect(typedNumber('51,805')).toBe(51_805)
    expect(typedNumber(' 51 805 ')).toBe(51_805)
    expect(typedNumber('51.805')).toBe(51_805)
    expect(typedNumber('')).toBe(null)
    expect(typedNumber('many')).toBe(null)
  })
})

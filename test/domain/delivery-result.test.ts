import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { PART_COLOR, PARTS } from '../../console/src/progress-figures.ts'
import { campaignTexts } from '../../console/src/text/campaign-texts.ts'
import { en } from '../../console/src/text/en.ts'
import { ko } from '../../console/src/text/ko.ts'
import {
  CODE_NAMES,
  codesOf,
  DELIVERY_CODES,
  DELIVERY_STATES,
  deliveryCodeOf,
  deliveryStateOf,
  LISTED_STATES,
  STATE_NAMES,
} from '../../src/domain/delivery-result.ts'

const ROOT = join(import.meta.dirname, '../..')

describe.each(CODE_NAMES)('%s', (code) => {
  const row = DELIVERY_CODES[code]

  test('has one state, which lists it', () => {
    expect(STATE_NAMES).toContain(row.state)
    expect(STATE_NAMES.filter((state) => codesOf(state).includes(code))).toEqual([row.state])
  })

  test.each([
    ['English', campaignTexts.en],
    ['Korean', campaignTexts.ko],
  ])('has a name, a meaning and advice in %s', (_, { codes }) => {
    const { name, meaning, advice } = codes[code]
    for (const text of [name, meaning, advice]) expect(text.trim()).not.toBe('')
  })

  test('is found by its number', () => {
    expect(deliveryCodeOf(row.number)).toBe(code)
  })

  test('has the state of all codes of its class', () => {
    const same = CODE_NAMES.filter((other) => DELIVERY_CODES[other].class === row.class)
    expect(new Set(same.map((other) => DELIVERY_CODES[other].state)).size).toBe(1)
  })
})

describe.each(STATE_NAMES)('state %s', (state) => {
  test('is found by its number, and has codes', () => {
    expect(deliveryStateOf(DELIVERY_STATES[state].number)).toBe(state)
    expect(codesOf(state)).not.toEqual([])
  })
})

test('every part of an audience has a color and texts in both languages', () => {
  for (const { states } of [en, ko]) {
    for (const state of LISTED_STATES) {
      expect(states.delivery[state].trim()).not.toBe('')
      expect(states.deliveryHint[state].trim()).not.toBe('')
    }
  }
  expect(Object.keys(PART_COLOR)).toEqual([...PARTS])
})

/** Numbers are permanent: rows in existing databases have them. */
test('numbers have not changed', () => {
  const numbers = (table: Record<string, { number: number }>) =>
    Object.fromEntries(Object.entries(table).map(([name, { number }]) => [name, number]))
  expect(numbers(DELIVERY_STATES)).toEqual({ sent: 1, failed: 2, skipped: 3, in_doubt: 4 })
  expect(numbers(DELIVERY_CODES)).toEqual({
    ok: 0,
    unregistered: 1,
    invalid_address: 2,
    sender_id_mismatch: 3,
    invalid_payload: 4,
    third_party_auth_error: 5,
    quota_exceeded: 6,
    device_quota_exceeded: 7,
    unavailable: 8,
    internal: 9,
    unspecified: 10,
    connection_failed: 11,
    attempts_used_up: 12,
    device_token_not_for_topic: 13,
    bad_device_token: 14,
    credential_refused: 15,
    project_not_found: 16,
    bad_topic: 17,
    topic_disallowed: 18,
    answer_lost: 20,
    deadline_exceeded: 21,
    dispatcher_died: 22,
    database_failed_over: 23,
    opted_out: 40,
    device_gone: 41,
    device_deleted: 42,
    device_moved: 43,
    address_replaced: 44,
    too_late: 45,
    no_timezone: 46,
    no_consent: 47,
    no_night_consent: 48,
    quiet_hours: 49,
    window_closed: 50,
    capped: 51,
    other_device: 52,
  })
})

test('no SQL of src has the number of a state or the list of count columns as text', () => {
  const files = globSync('src/**/*.ts', { cwd: ROOT, exclude: ['src/generated/**'] })
  expect(files.length).toBeGreaterThan(100)
  const offenders = files.filter((file) => {
    const text = readFileSync(join(ROOT, file), 'utf8')
    return /\bstate\s*(=|<>|!=)\s*\d|\bstate\s+(NOT\s+)?IN\s*\(\s*\d|\b(\w\.)?skipped\s*(\+|-|,)\s*(\w\.)?in_doubt\b/.test(
      file === 'src/postgres/delivery-counts.ts' ? text.replaceAll(/\/\*\*.*?\*\//gs, '') : text,
    )
  })
  expect(offenders).toEqual([])
})

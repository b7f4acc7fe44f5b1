import { expect, test } from 'vitest'
import { CONVINCING } from '../../src/dispatch/address-watch.ts'
import { type PlatformCode, PlatformWatch } from '../../src/dispatch/platform-watch.ts'

const device = (id: number, code: PlatformCode = 'third_party_auth_error') => ({ id, position: id, code })

test('a platform of which nothing was accepted is halted, and its devices wait', () => {
  const watch = new PlatformWatch([])
  expect([watch.refused(device(1), 'ios'), watch.refused(device(2), 'ios')]).toEqual([true, true])
  watch.accepted('android')
  expect(watch.verdict(false)).toEqual({ halted: ['ios'], failed: [] })
  expect(watch.waiting).toBe(2)
})

test('where others of the platform were accepted, the refused are another app’s and have failed', () => {
  const watch = new PlatformWatch([])
  watch.refused(device(1), 'ios')
  watch.accepted('ios')
  watch.refused(device(2), 'web')
  expect(watch.verdict(false)).toEqual({ halted: ['web'], failed: [device(1)] })
  expect(watch.waiting).toBe(1)
})

test('on the last attempt nobody waits any longer', () => {
  const watch = new PlatformWatch([])
  watch.refused(device(1), 'ios')
  expect(watch.verdict(true)).toEqual({ halted: [], failed: [device(1)] })
  expect(watch.waiting).toBe(0)
})

test('Android has no third party: such a device has failed by itself', () => {
  const watch = new PlatformWatch([])
  expect(watch.refused(device(1), 'android')).toBe(false)
  expect(watch.verdict(false)).toEqual({ halted: [], failed: [] })
})

test('holds back the devices of a halted platform and no others', () => {
  const watch = new PlatformWatch(['ios'])
  expect([watch.holdsBack('ios'), watch.holdsBack('web'), watch.holdsBack(null)]).toEqual([
    true,
    false,
    false,
  ])
  expect(watch.waiting).toBe(1)
})

test.each(['device_token_not_for_topic', 'bad_device_token'] as const)(
  '%s of a few devices is their own fault; of all of many it is the platform’s',
  (code) => {
    const few = new PlatformWatch([])
    const devices = Array.from({ length: CONVINCING }, (_, id) => device(id, code))
    for (const each of devices.slice(1)) few.refused(each, 'ios')
    expect(few.verdict(false)).toEqual({ halted: [], failed: devices.slice(1) })
    const many = new PlatformWatch([])
    for (const each of devices) many.refused(each, 'ios')
    expect(many.verdict(false)).toEqual({ halted: ['ios'], failed: [] })
    const spared = new PlatformWatch([])
    for (const each of devices) spared.refused(each, 'ios')
    spared.accepted('ios')
    expect(spared.verdict(false)).toEqual({ halted: [], failed: devices })
  },
)

test.each(['bad_topic', 'topic_disallowed', 'third_party_auth_error'] as const)(
  '%s concerns every device of the platform: one is enough',
  (code) => {
    const watch = new PlatformWatch([])
    watch.refused(device(1, 'bad_device_token'), 'ios')
    watch.refused(device(2, code), 'ios')
    expect(watch.verdict(false)).toMatchObject({ halted: ['ios'] })
  },
)

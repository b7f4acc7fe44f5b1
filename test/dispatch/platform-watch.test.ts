import { expect, test } from 'vitest'
import { PlatformWatch } from '../../src/dispatch/platform-watch.ts'

const device = (id: number) => ({ id, position: id })

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

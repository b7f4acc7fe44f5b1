/** How many campaigns a member may get, and on how many devices. */
import type { CapSwitches } from '../../../../src/domain/caps.ts'
import { format } from './format.ts'

const count = (n: number, one: string, many: string) => (n === 1 ? one : `${format.number(n)} ${many}`)

/** rolling_24h, rolling_7d, day, week. */
export function windowName(window: string): string {
  const [, length, unit] = /^rolling_(\d+)([hd])$/.exec(window) ?? []
  if (length === undefined) return window === 'week' ? 'a calendar week (from Monday)' : 'a calendar day'
  return `any ${count(Number(length), unit === 'h' ? 'hour' : 'day', unit === 'h' ? 'hours' : 'days')}`
}

export const capsText = {
  title: 'Frequency cap',
  rules: (rules: readonly { window: string; limit: number }[]) =>
    rules.length === 0
      ? 'None is set on this server (CAPS): members get every campaign.'
      : `A member gets at most ${rules.map(({ window, limit }) => `${count(limit, 'one campaign', 'campaigns')} in ${windowName(window)}`).join(', and ')}. Further ones are skipped. Failed messages do not count.`,
  ignores: 'Send to members who have reached the cap as well',
  ignoresHint: 'For what members wait for, such as an order confirmation.',
  counts: 'Count this campaign toward the cap',
  countsHint: 'Members who get it may get one campaign less.',
  /** What differs from the usual; both if nothing does. */
  switches: ({ ignoresCaps, countsTowardCaps }: CapSwitches) => [
    ignoresCaps
      ? 'Members who have reached the cap get it as well'
      : 'Members who have reached the cap are skipped',
    countsTowardCaps ? 'Counts toward the cap' : 'Does not count toward the cap',
  ],
  devicesTitle: 'Devices of a member',
  everyDevice: 'All devices of the audience',
  oneDevice: 'One device of each member',
  oneDeviceHint: 'The one that was seen last when the audience is fixed. The others are counted as skipped.',
  members: (n: number) => count(n, '1 member', 'members'),
  onceOf: (members: number, devices: number) =>
    `One device of each of ${count(members, '1 member', 'members')}: ${members === devices ? 'nobody has more.' : `${count(devices - members, '1 other device is', 'other devices are')} skipped.`}`,
  atCap: (devices: number) =>
    `${count(devices, '1 device is', 'devices are')} of members who have reached the frequency cap: sent now, ${devices === 1 ? 'it is' : 'they are'} skipped.`,
  atCapUnknown:
    'How many members have reached the frequency cap could not be counted in time. They are skipped.',
  cappedBy: 'The cap was used up by',
}

import { braze } from './braze.ts'
import { onesignal } from './onesignal.ts'
import { pinpoint } from './pinpoint.ts'
import type { Profile } from './profile.ts'

const PROFILES: readonly Profile[] = [pinpoint, onesignal, braze]
export const PROFILE_NAMES = ['pinpoint', 'onesignal', 'braze'] as const satisfies Profile['name'][]

/** The service whose export has these columns. */
export function findProfile(names: readonly string[]): Profile | undefined {
  const set = new Set(names)
  return PROFILES.find((profile) => profile.isOf(set))
}

import type { StoreOptions } from '../../src/audience/device-store.ts'
import { kindOf } from '../../src/domain/address.ts'
import type { DeviceRow } from '../../src/domain/device-row.ts'

/** A line of an import, or a registration, that says no more than it must. */
export function aDevice(given: Partial<DeviceRow> & Pick<DeviceRow, 'address' | 'externalId'>): DeviceRow {
  return {
    kind: kindOf(given.address),
    platform: 'android',
    locale: null,
    timezone: null,
    attributes: null,
    optedOut: null,
    consentAt: null,
    marketing: null,
    night: null,
    replaces: null,
    installationId: null,
    lastSeenAt: null,
    ...given,
  }
}

export const AS_APP: StoreOptions = {
  projectId: 1,
  isAlive: true,
  optOuts: 'keep',
  source: 'registration',
  by: null,
}

export const AS_IMPORT: StoreOptions = { ...AS_APP, isAlive: false, source: 'import' }

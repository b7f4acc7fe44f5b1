/** Devices to store, with only what a test is about. */
import type { StoreOptions } from '../../src/audience/device-store.ts'
import type { DeviceRow } from '../../src/domain/device-row.ts'

export function deviceRow(given: Partial<DeviceRow> & Pick<DeviceRow, 'address' | 'externalId'>): DeviceRow {
  return {
    kind: 'token',
    platform: 'android',
    locale: null,
    timezone: null,
    attributes: null,
    optedOut: null,
    consentAt: null,
    replaces: null,
    installationId: null,
    lastSeenAt: null,
    ...given,
  }
}

/** As the app itself does. */
export const REGISTERED: StoreOptions = {
  projectId: 1,
  isAlive: true,
  optOuts: 'replace',
  source: 'registration',
  by: null,
}

export const IMPORTED: StoreOptions = { ...REGISTERED, isAlive: false, optOuts: 'keep', source: 'import' }

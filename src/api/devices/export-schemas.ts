/** The query of the device export, and its columns. */
import Type, { type Static } from 'typebox'
import type { ExportedDevice } from '../../audience/export-devices.ts'
import { CODE_NAMES } from '../../domain/delivery-result.ts'
import { Exact, OneOf } from '../http/common-schemas.ts'
import { AddressesQuery, CsvQuery } from '../http/export-schemas.ts'

export const EXPORT_TYPES = { csv: 'text/csv', ndjson: 'application/x-ndjson' } as const
export type ExportFormat = keyof typeof EXPORT_TYPES

export const DeviceExportQuery = Exact({
  state: Type.Optional(OneOf(['active', 'gone'])),
  code: Type.Optional(
    OneOf(CODE_NAMES, { description: 'Only devices that are gone for this reason, such as unregistered' }),
  ),
  format: Type.Optional(
    OneOf(Object.keys(EXPORT_TYPES) as ExportFormat[], {
      description: 'Default: what the Accept header names, else csv',
    }),
  ),
  ...AddressesQuery,
  ...CsvQuery,
})
export type DeviceExportQuery = Static<typeof DeviceExportQuery>

/** Those that the import takes come first; it passes over the others. */
export const EXPORT_COLUMNS = [
  'address',
  'kind',
  'externalId',
  'platform',
  'locale',
  'timezone',
  'attributes',
  'optedOut',
  'consentAt',
  'marketingConsent',
  'marketingConsentAt',
  'nightConsent',
  'nightConsentAt',
  'installationId',
  'lastSeenAt',
  'state',
  'goneAt',
  'goneCode',
] as const satisfies readonly (keyof ExportedDevice)[]

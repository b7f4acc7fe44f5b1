/**
 * A campaign's deliveries as CSV. Pages are read only as fast as the client reads. Addresses are looked up here: complete
 * ones are for those who may have them, and nothing else reads them.
 */

import type { DeliveryCode } from '../../domain/delivery-result.ts'
import { CANCELED_MEANING_KO, DELIVERY_CODES_KO } from '../../domain/delivery-result-ko.ts'
import type { Pool } from '../../postgres/pool.ts'
import { type DeliveryFilter, listDeliveries } from '../../results/list-deliveries.ts'
import type { DeliveryView, Position } from '../../results/read-deliveries.ts'
import { csvLine } from '../http/csv-line.ts'
import { type CsvStyle, maskedAddress, withMark } from '../http/export-style.ts'
import type { CsvLanguage } from './delivery-schemas.ts'

const PAGE_ROWS = 1_000
const COLUMNS = [
  'deviceId',
  'externalId',
  'platform',
  'address',
  'kind',
  'state',
  'code',
  'meaning',
  'messageId',
  'attempt',
  'sentAt',
  'messageVersion',
  'cappedBy',
] as const

export interface DeliveriesCsvOptions extends CsvStyle {
  isFull: boolean
  language: CsvLanguage
  pageRows?: number
}

export function deliveriesCsv(
  pool: Pool,
  campaignId: string,
  filter: DeliveryFilter,
  options: DeliveriesCsvOptions,
): AsyncGenerator<string> {
  return withMark(lines(pool, campaignId, filter, options), options)
}

async function* lines(
  pool: Pool,
  campaignId: string,
  filter: DeliveryFilter,
  { isFull, language, escape: way, pageRows = PAGE_ROWS }: DeliveriesCsvOptions,
): AsyncGenerator<string> {
  yield csvLine(COLUMNS, way)
  let after: Position | undefined
  do {
    const page = await listDeliveries(pool, campaignId, filter, pageRows, after)
    if (page.deliveries.length > 0) {
      const addresses = await readAddresses(pool, page.deliveries, isFull)
      yield page.deliveries.map((delivery) => csvLine(fieldsOf(delivery, addresses, language), way)).join('')
    }
    after = page.next
  } while (after !== undefined)
}

type Addresses = ReadonlyMap<string, { address: string; kind: string }>

/** By deviceId. Devices that were deleted since are not there. */
async function readAddresses(
  pool: Pool,
  deliveries: readonly DeliveryView[],
  isFull: boolean,
): Promise<Addresses> {
  const { rows } = await pool.query<{ id: string; address: string; kind: string }>({
    name: 'read-addresses',
    text: 'SELECT id::text, address, kind FROM devices WHERE id = ANY($1::bigint[])',
    values: [deliveries.map(({ deviceId }) => deviceId)],
  })
  return new Map(
    rows.map(({ id, address, kind }) => [id, { address: isFull ? address : maskedAddress(address), kind }]),
  )
}

function fieldsOf(delivery: DeliveryView, addresses: Addresses, language: CsvLanguage) {
  const { address = null, kind = null } = addresses.get(delivery.deviceId) ?? {}
  const meaning = language === 'ko' ? meaningInKorean(delivery.code) : delivery.meaning
  const fields = { ...delivery, address, kind, meaning }
  return COLUMNS.map((column) => fields[column])
}

/** Null: canceled. */
function meaningInKorean(code: DeliveryCode | null): string {
  return code === null ? CANCELED_MEANING_KO : DELIVERY_CODES_KO[code].meaning
}

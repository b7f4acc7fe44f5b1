/**
 * A campaign's deliveries as CSV. Pages are read only as fast as the client reads. Addresses are looked up here: complete
 * ones are for those who may have them, and nothing else reads them.
 */

import type { Pool } from '../../postgres/pool.ts'
import { type DeliveryFilter, listDeliveries } from '../../results/list-deliveries.ts'
import type { DeliveryView, Position } from '../../results/read-deliveries.ts'
import { csvLine } from '../http/csv-line.ts'
import { type CsvStyle, maskedAddress, withMark } from '../http/export-style.ts'

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
] as const

export interface DeliveriesCsvOptions extends CsvStyle {
  isFull: boolean
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
  { isFull, escape: way, pageRows = PAGE_ROWS }: DeliveriesCsvOptions,
): AsyncGenerator<string> {
  yield csvLine(COLUMNS, way)
  let after: Position | undefined
  do {
    const page = await listDeliveries(pool, campaignId, filter, pageRows, after)
    if (page.deliveries.length > 0) {
      const addresses = await readAddresses(pool, page.deliveries, isFull)
      yield page.deliveries.map((delivery) => csvLine(fieldsOf(delivery, addresses), way)).join('')
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

function fieldsOf(delivery: DeliveryView, addresses: Addresses) {
  const { address = null, kind = null } = addresses.get(delivery.deviceId) ?? {}
  const fields = { ...delivery, address, kind }
  return COLUMNS.map((column) => fields[column])
}

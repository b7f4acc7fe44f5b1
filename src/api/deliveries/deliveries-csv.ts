/**
 * A campaign's deliveries as CSV. Pages are read only as fast as the client reads. Spreadsheets execute a field that
 * looks like a formula, and an externalId may contain anything, so such fields get a quote in front.
 */

import type { Pool } from '../../postgres/pool.ts'
import { type DeliveryFilter, listDeliveries } from '../../results/list-deliveries.ts'
import type { DeliveryView, Position } from '../../results/read-deliveries.ts'

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
] as const satisfies readonly (keyof DeliveryView)[]

export async function* deliveriesCsv(
  pool: Pool,
  campaignId: string,
  filter: DeliveryFilter,
  pageRows = PAGE_ROWS,
): AsyncGenerator<string> {
  yield `${COLUMNS.join(',')}\r\n`
  let after: Position | undefined
  do {
    const page = await listDeliveries(pool, campaignId, filter, pageRows, after)
    if (page.deliveries.length > 0) yield page.deliveries.map(lineOf).join('')
    after = page.next
  } while (after !== undefined)
}

function lineOf(delivery: DeliveryView): string {
  return `${COLUMNS.map((column) => fieldOf(delivery[column])).join(',')}\r\n`
}

/** Source of the characters: OWASP ASVS 1.2.10; also CR, which some programs treat as a new line. */
function fieldOf(value: string | number | Date | null): string {
  if (value === null) return ''
  const text = value instanceof Date ? value.toISOString() : String(value)
  const safe = /^[=+\-@\t\r\0]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

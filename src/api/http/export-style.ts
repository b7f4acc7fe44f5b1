/** How an export is written: for a spreadsheet or for a program, and with what of the addresses. */
import type { FastifyRequest } from 'fastify'
import { requirePermission } from './authenticate.ts'
import type { Escape } from './csv-line.ts'

export interface CsvStyle {
  escape: Escape
  bom: boolean
}

/** Without it, Excel reads the file in the code page of its Windows, and Korean becomes unreadable. */
const BYTE_ORDER_MARK = '\ufeff'

/** What is not asked for follows from who asks: people open the file in a spreadsheet, programs read it. */
export function csvStyleOf(
  request: FastifyRequest,
  asked: { escape?: Escape | undefined; bom?: boolean | undefined },
): CsvStyle {
  const isBrowser = request.headers.authorization === undefined
  return { escape: asked.escape ?? (isBrowser ? 'spreadsheet' : 'none'), bom: asked.bom ?? isBrowser }
}

export async function* withMark(lines: AsyncIterable<string>, { bom }: CsvStyle): AsyncGenerator<string> {
  if (bom) yield BYTE_ORDER_MARK
  yield* lines
}

/**
 * Whether the caller gets complete addresses. Whoever has them can send to the devices, and only from Carillon are they
 * to be had all at once: so each time is logged.
 */
export function wantsFullAddresses(request: FastifyRequest, asked: 'masked' | 'full' | undefined): boolean {
  if (asked !== 'full') return false
  requirePermission(request, 'addresses:read')
  const { id: callerId, name } = request.caller
  request.log.info({ callerId, name, route: request.routeOptions.url }, 'complete addresses are exported')
  return true
}

/** A mask that the import refuses: eight characters would be imported as an address of their own. */
export function maskedAddress(address: string): string {
  return `…${address.slice(-8)}`
}

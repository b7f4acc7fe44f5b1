/**
 * Reads all devices with their members, page by page in the order of their ids, in flat memory: of which state, and with
 * which code, is asked for. A page ends when it is full or when enough devices were looked at, so that a statement takes
 * milliseconds even if only few of many millions match.
 *
 * Devices that register meanwhile are not included: their ids are greater than the last one at the start.
 */
import type { Platform } from '../domain/campaign.ts'
import { DELIVERY_CODES, type DeliveryCode, deliveryCodeOf } from '../domain/delivery-result.ts'
import type { Pool } from '../postgres/pool.ts'

export interface ExportFilter {
  state?: 'active' | 'gone' | undefined
  /** Only of devices that are gone. */
  code?: DeliveryCode | undefined
}

/** A device in the words of the import, and what became of it. */
export interface ExportedDevice {
  address: string
  kind: 'token' | 'fid'
  externalId: string
  platform: Platform
  locale: string | null
  timezone: string | null
  attributes: Record<string, unknown>
  /** Null: the member has never said anything about it. */
  optedOut: boolean | null
  consentAt: Date | null
  /** Null: nothing was ever said. */
  marketingConsent: boolean | null
  /** When it was given or withdrawn, as far as is known. */
  marketingConsentAt: Date | null
  nightConsent: boolean | null
  nightConsentAt: Date | null
  installationId: string | null
  lastSeenAt: Date
  state: 'active' | 'gone'
  goneAt: Date | null
  goneCode: DeliveryCode | null
}

export interface ExportSizes {
  pageRows: number
  lookedAt: number
}

/** Attributes have up to 8 KiB, so a page is at most a few megabytes. */
const PAGE_ROWS = 1_000
/** Of those that are gone there are few among many, and to look further costs a page of all devices most of its time. */
const LOOKED_AT_FOR_GONE = 10_000

export async function* exportDevices(
  pool: Pool,
  projectId: number,
  { state, code }: ExportFilter,
  sizes?: ExportSizes,
): AsyncGenerator<ExportedDevice[], void, void> {
  const isSparse = state === 'gone' || code !== undefined
  const { pageRows, lookedAt } = sizes ?? {
    pageRows: PAGE_ROWS,
    lookedAt: isSparse ? LOOKED_AT_FOR_GONE : PAGE_ROWS,
  }
  const { rows: last } = await pool.query<{ id: number }>('SELECT coalesce(max(id), 0) AS id FROM devices')
  const throughId = last[0]?.id ?? 0
  const codeNumber = code === undefined ? null : DELIVERY_CODES[code].number
  for (let after = 0; after < throughId; ) {
    const { rows } = await pool.query<Row>({
      name: 'export-devices',
      text: PAGE,
      values: [projectId, after, throughId, pageRows, lookedAt, state ?? null, codeNumber],
    })
    const devices = rows.filter((row): row is DeviceRow => row.id !== null)
    if (devices.length > 0) yield devices.map(deviceOf)
    after = devices.length === pageRows ? (devices.at(-1)?.id ?? throughId) : (rows[0]?.reached ?? throughId)
  }
}

interface DeviceRow extends Omit<ExportedDevice, 'goneCode'> {
  id: number
  code: number | null
  reached: number | null
}
/** Always one row at least, because it also says how far the page has looked. */
type Row = DeviceRow | { id: null; reached: number | null }

function deviceOf({ id: _id, reached: _reached, code, ...device }: DeviceRow): ExportedDevice {
  return { ...device, goneCode: code === null ? null : deliveryCodeOf(code) }
}

/** $1 project, $2 last id of the page before, $3 last id of all, $4 rows, $5 devices to look at, $6 state, $7 code. */
const PAGE = `
WITH looked AS MATERIALIZED (
  SELECT (SELECT id FROM devices WHERE id > $2 AND id <= $3 ORDER BY id OFFSET $5::int - 1 LIMIT 1) AS reached
), page AS (
  SELECT d.id, d.address, d.kind, m.external_id AS "externalId", d.platform, m.locale, m.timezone, m.attributes,
    CASE WHEN m.opted_out_at IS NOT NULL THEN true WHEN m.consent_source IS NOT NULL THEN false END AS "optedOut",
    m.consent_at AS "consentAt",
    CASE WHEN m.marketing_source IS NOT NULL THEN m.marketing_consent_at IS NOT NULL END AS "marketingConsent",
    coalesce(m.marketing_said_at, m.marketing_consent_at) AS "marketingConsentAt",
    CASE WHEN m.night_source IS NOT NULL THEN m.night_consent_at IS NOT NULL END AS "nightConsent",
    coalesce(m.night_said_at, m.night_consent_at) AS "nightConsentAt", d.installation_id AS "installationId",
    d.last_seen_at AS "lastSeenAt", d.state, d.gone_at AS "goneAt", d.gone_code AS code
  FROM (
    SELECT * FROM devices
    WHERE id > $2 AND id <= coalesce((SELECT reached FROM looked), $3) AND project_id = $1
      AND ($6::device_state IS NULL OR state = $6) AND ($7::smallint IS NULL OR (state = 'gone' AND gone_code = $7))
    ORDER BY id LIMIT $4::int
  ) d
  CROSS JOIN LATERAL (SELECT * FROM members WHERE id = d.member_id LIMIT 1) m
)
SELECT looked.reached, page.* FROM looked LEFT JOIN page ON true ORDER BY page.id`

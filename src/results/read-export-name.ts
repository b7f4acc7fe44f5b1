import { canonicalTimezone } from '../domain/timezone.ts'
import type { Pool } from '../postgres/pool.ts'

/** The name of a campaign, and the day on which it was begun where the reader is: what its export is called. */
export async function readExportName(
  pool: Pool,
  campaignId: string,
  timezone = 'UTC',
): Promise<{ name: string; day: string }> {
  const { rows } = await pool.query<{ name: string; at: Date }>({
    name: 'export-name',
    text: 'SELECT name, coalesce(started_at, created_at) AS at FROM campaigns WHERE id = $1',
    values: [campaignId],
  })
  const { name = '', at = new Date() } = rows[0] ?? {}
  const timeZone = canonicalTimezone(timezone) ?? 'UTC'
  // Sweden writes dates as ISO 8601 does.
  return { name, day: new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short' }).format(at) }
}

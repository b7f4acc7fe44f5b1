/**
 * How many active devices have an address of which kind: the progress of apps that change from tokens to installation ids.
 *
 * Ten million rows are not counted for it. A table of up to PAGES pages, some 50,000 devices, is read as a whole; of a larger
 * one so many pages at random, which is right to about one percentage point and takes some 50 ms, once a minute.
 */
import type { AddressKind } from '../domain/address.ts'
import type { Pool } from '../postgres/pool.ts'

export interface DeviceCounts extends Record<AddressKind, number> {
  /** Projected from a sample. */
  isEstimate: boolean
}

const PAGES = 2_000
const CACHE_MS = 60_000

export function deviceCounter(pool: Pool, pages = PAGES): () => Promise<DeviceCounts> {
  let counting: Promise<DeviceCounts> | undefined
  let until = 0
  return () => {
    if (counting === undefined || performance.now() >= until) {
      until = performance.now() + CACHE_MS
      counting = countDevices(pool, pages)
      // A failed count is not kept.
      counting.catch(() => {
        until = 0
      })
    }
    return counting
  }
}

async function countDevices(pool: Pool, pages: number): Promise<DeviceCounts> {
  const { rows } = await pool.query<{ percent: number } & Record<AddressKind, number>>({
    name: 'system-devices',
    text: `WITH part AS MATERIALIZED (
             SELECT least(100, 100 * $1::float8 / greatest(1, pg_relation_size('devices') / current_setting('block_size')::int))
               AS percent)
           SELECT percent, d.token, d.fid FROM part CROSS JOIN LATERAL (
             SELECT count(*) FILTER (WHERE kind = 'token') AS token, count(*) FILTER (WHERE kind = 'fid') AS fid
             FROM devices TABLESAMPLE SYSTEM (part.percent) WHERE state = 'active') d`,
    values: [pages],
  })
  const { percent = 100, token = 0, fid = 0 } = rows[0] ?? {}
  const project = (counted: number) => Math.round((counted * 100) / percent)
  return { token: project(token), fid: project(fid), isEstimate: percent < 100 }
}

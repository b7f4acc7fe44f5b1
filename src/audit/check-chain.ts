/**
 * Checks the chain of audit events from its beginning, or from where retention has cut it, to its end. Reads a page at a time, so
 * its memory does not grow with the years.
 */
import { inTransaction, type Pool, type Queryable } from '../postgres/pool.ts'
import { eventHash, type HashedEvent } from './event-hash.ts'

export interface ChainReport {
  /** Rows that fit. */
  events: number
  firstSeq: number | null
  /** The end as it is stored: whoever keeps it elsewhere can tell later that nothing before it was changed. */
  head: { seq: number; hash: string }
  anchorSeq: number
  /** The first row that does not fit, and why. Null: all do. */
  broken: { seq: number; problem: string } | null
}

/** An end that was kept elsewhere. */
export interface KnownEnd {
  seq: number
  /** In hex. */
  hash: string
}

const PAGE = 1_000
/** One snapshot, so that what is written meanwhile is not missed at the end. */
const ONE_SNAPSHOT = 'SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY'

interface Row extends HashedEvent {
  hash: string
}

interface Ends {
  seq: number
  hash: string
  anchorSeq: number
  anchorHash: string
}

export async function checkChain(
  pool: Pool,
  known: KnownEnd | null = null,
  page = PAGE,
): Promise<ChainReport> {
  return await inTransaction(
    pool,
    async (tx) => {
      const ends = await readEnds(tx)
      if (ends === undefined) {
        return { events: 0, firstSeq: null, head: NONE, anchorSeq: 0, broken: { seq: 0, problem: NO_HEAD } }
      }
      return await walk(tx, ends, known, page)
    },
    ONE_SNAPSHOT,
  )
}

const NONE = { seq: 0, hash: '' }
const NO_HEAD = 'audit_head has no row: somebody has deleted it'

async function walk(tx: Queryable, ends: Ends, known: KnownEnd | null, page: number): Promise<ChainReport> {
  const { anchorSeq } = ends
  const report: ChainReport = {
    events: 0,
    firstSeq: null,
    head: { seq: ends.seq, hash: ends.hash },
    anchorSeq,
    broken: null,
  }
  let last = { seq: anchorSeq, hash: ends.anchorHash }
  const leftover = await firstBefore(tx, anchorSeq)
  if (leftover !== null) {
    return { ...report, broken: { seq: leftover, problem: 'it is before the place where retention has cut' } }
  }
  if (known !== null && known.seq === anchorSeq && known.hash !== ends.anchorHash) {
    return { ...report, broken: { seq: anchorSeq, problem: OTHER_END } }
  }
  for (;;) {
    const rows = await readPage(tx, last.seq, page)
    for (const row of rows) {
      const problem = problemOf(row, last) ?? (isOther(row, known) ? OTHER_END : null)
      if (problem !== null) return { ...report, broken: { seq: Number(row.seq), problem } }
      report.firstSeq ??= Number(row.seq)
      report.events += 1
      last = { seq: Number(row.seq), hash: row.hash }
    }
    if (rows.length < page) break
  }
  const problem = problemOfEnd(last, ends, known)
  return { ...report, broken: problem === null ? null : { seq: last.seq + 1, problem } }
}

const OTHER_END = 'its hash is not the one that was kept elsewhere: events before it were changed'

function isOther(row: Row, known: KnownEnd | null): boolean {
  return known !== null && Number(row.seq) === known.seq && row.hash !== known.hash
}

function problemOf(row: Row, last: { seq: number; hash: string }): string | null {
  if (Number(row.seq) !== last.seq + 1) return `the row after ${last.seq} is missing`
  if (row.previousHash !== last.hash)
    return `it does not follow row ${last.seq}: its previous_hash is another`
  return row.hash === eventHash(row) ? null : 'its hash is not that of its columns: it was changed'
}

function problemOfEnd(
  last: { seq: number; hash: string },
  ends: Ends,
  known: KnownEnd | null,
): string | null {
  if (last.seq < ends.seq) return `the last events are missing: there were ${ends.seq}`
  if (last.seq !== ends.seq || last.hash !== ends.hash) return 'audit_head names another end'
  if (known !== null && known.seq > last.seq) return `there was an event ${known.seq} when its end was kept`
  return null
}

async function readEnds(tx: Queryable): Promise<Ends | undefined> {
  const { rows } = await tx.query<Ends>(
    `SELECT seq, encode(hash, 'hex') AS hash, anchor_seq AS "anchorSeq", encode(anchor_hash, 'hex') AS "anchorHash" FROM audit_head`,
  )
  return rows[0]
}

async function firstBefore(tx: Queryable, anchorSeq: number): Promise<number | null> {
  const { rows } = await tx.query<{ seq: number }>(
    'SELECT seq FROM audit_events WHERE seq <= $1 ORDER BY seq LIMIT 1',
    [anchorSeq],
  )
  return rows[0]?.seq ?? null
}

async function readPage(tx: Queryable, after: number, limit: number): Promise<Row[]> {
  const { rows } = await tx.query<Row>({
    name: 'audit-chain-page',
    text: `SELECT seq::text, to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at,
             actor_kind AS "actorKind", actor_id AS "actorId", actor_name AS "actorName", deed, subject_kind AS "subjectKind",
             subject_id AS "subjectId", detail::text, address, request_id AS "requestId",
             encode(previous_hash, 'hex') AS "previousHash", encode(hash, 'hex') AS hash
           FROM audit_events e WHERE e.seq > $1 ORDER BY e.seq LIMIT $2`,
    values: [after, limit],
  })
  return rows
}

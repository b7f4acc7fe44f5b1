/**
 * The results that this process has written last, to write them again when the database has failed over to a server that
 * lacks them. Bounded in bytes: the oldest are dropped.
 */
import { DELIVERY_CODES, DELIVERY_STATES } from '../domain/delivery-result.ts'
import type { Result } from '../domain/outcome.ts'
import type { Pool } from '../postgres/pool.ts'
import { packMessageId } from './message-id.ts'
import { knownVersion, storedVersion } from './message-version.ts'
import { restoreUses } from './restore-uses.ts'

/**
 * 230,000 results in full chunks: half a minute of a dispatcher at 8,000 a second. A standby of a busy primary is mostly
 * less than a second behind.
 */
const MOST_BYTES = 8_388_608
/** What a chunk takes besides its results. Chunks of a slow campaign hold one or two. */
const CHUNK_BYTES = 250
/** Results written again by one statement. */
const AT_ONCE = 1_000
/** No standby is so far behind; of older results the devices may have other members by now. */
const MOST_BEHIND_MS = 3_600_000

type Written = Result & { deviceId: number }

interface Chunk {
  campaignId: string
  attempt: number
  messageVersion: number
  count: number
  /** By this process's monotonic clock. */
  writtenAt: number
  /** For each result: 8 bytes device, 1 state, 1 code, 1 length of the message id, and the packed message id. */
  bytes: Buffer
}

export interface Restored {
  /** Results that the server did not have. */
  missing: number
  /** Results of campaigns that the server does not have at all: they cannot be written. */
  orphans: number
  /** The oldest result kept was missing: further ones may be, that are not kept any more. */
  isBeyondReach: boolean
}

export class RecentResults {
  readonly #mostBytes: number
  #chunks: Chunk[] = []
  /** The oldest that is kept. Those before it are dropped from the array now and then. */
  #first = 0
  #bytes = 0
  #hasDropped = false

  constructor(mostBytes = MOST_BYTES) {
    this.#mostBytes = mostBytes
  }

  /** Call this when the results are committed. */
  add(
    { campaignId, attempt, messageVersion }: Pick<Chunk, 'campaignId' | 'attempt' | 'messageVersion'>,
    results: readonly Written[],
  ): void {
    if (results.length === 0) return
    const bytes = pack(results)
    const writtenAt = performance.now()
    this.#chunks.push({ campaignId, attempt, messageVersion, count: results.length, writtenAt, bytes })
    this.#bytes += bytes.length + CHUNK_BYTES
    while (this.#bytes > this.#mostBytes && this.#first < this.#chunks.length - 1) {
      this.#bytes -= (this.#chunks[this.#first] as Chunk).bytes.length + CHUNK_BYTES
      this.#first += 1
      this.#hasDropped = true
    }
    if (this.#first > this.#chunks.length / 2) {
      this.#chunks = this.#chunks.slice(this.#first)
      this.#first = 0
    }
  }

  /**
   * Writes all of them again, the oldest first, and adds to `restored` what was missing. Safe to repeat: what is there stays
   * as it is.
   */
  async restore(pool: Pool, restored: Restored): Promise<void> {
    let isOldest = true
    for (const group of groupsOf(this.#chunks.slice(this.#first))) {
      const { missing, isOrphan } = await insertMissing(pool, group.campaignId, group.chunks)
      if (isOldest && this.#hasDropped && missing > 0) restored.isBeyondReach = true
      restored[isOrphan ? 'orphans' : 'missing'] += missing
      isOldest = false
    }
  }

  /**
   * Adds the uses of frequency caps that are missing, of all messages of the last hour that may have arrived: also where the
   * result is there, because it was written after the failover. Safe to repeat.
   */
  async restoreUses(pool: Pool): Promise<void> {
    const now = performance.now()
    const recent = this.#chunks.slice(this.#first).filter(({ writtenAt }) => now - writtenAt < MOST_BEHIND_MS)
    for (const { campaignId, chunks } of groupsOf(recent)) {
      const sent = chunks.flatMap((chunk) =>
        resultsOf(chunk)
          .filter(({ state }) => MAY_HAVE_ARRIVED.includes(state))
          .map(({ deviceId }) => ({ deviceId, age: now - chunk.writtenAt })),
      )
      if (sent.length === 0) continue
      const [deviceIds, agesMs] = [sent.map(({ deviceId }) => deviceId), sent.map(({ age }) => age)]
      await restoreUses(pool, { campaignId, deviceIds, agesMs })
    }
  }
}

const MAY_HAVE_ARRIVED: readonly number[] = [DELIVERY_STATES.sent.number, DELIVERY_STATES.in_doubt.number]

/** Parts of about AT_ONCE results, each of one campaign, in the order of the chunks. */
function* groupsOf(all: readonly Chunk[]): Generator<{ campaignId: string; chunks: Chunk[] }> {
  for (let next = 0; next < all.length; ) {
    const { campaignId } = all[next] as Chunk
    const chunks: Chunk[] = []
    for (let size = 0; all[next]?.campaignId === campaignId && size < AT_ONCE; next++) {
      chunks.push(all[next] as Chunk)
      size += (all[next] as Chunk).count
    }
    yield { campaignId, chunks }
  }
}

/**
 * Chunks are parts of blocks that hold nothing else. Parts of Node's pool would keep 8 kB each from being freed, most of it
 * request bodies: chunks of three results, counted as 8 MB, took 67 MB. Buffers of their own would each be a malloc.
 */
const BLOCK_BYTES = 65_536
let block = Buffer.alloc(0)

function room(bytes: number): Buffer {
  if (block.length < bytes) block = Buffer.allocUnsafeSlow(Math.max(BLOCK_BYTES, bytes))
  const own = block.subarray(0, bytes)
  block = block.subarray(bytes)
  return own
}

function pack(results: readonly Written[]): Buffer {
  const ids = results.map(({ messageId }) => {
    const id = Buffer.from(messageId ? packMessageId(messageId) : '', 'hex')
    // FCM's have 17 bytes. The result matters, not the id.
    return id.length > 255 ? Buffer.alloc(0) : id
  })
  const bytes = room(ids.reduce((sum, id) => sum + 11 + id.length, 0))
  let at = 0
  for (const [index, { deviceId, state, code }] of results.entries()) {
    const id = ids[index] as Buffer
    at = bytes.writeDoubleLE(deviceId, at)
    at = bytes.writeUInt8(DELIVERY_STATES[state].number, at)
    at = bytes.writeUInt8(DELIVERY_CODES[code].number, at)
    at = bytes.writeUInt8(id.length, at)
    at += id.copy(bytes, at)
  }
  return bytes
}

interface Unpacked {
  deviceId: number
  state: number
  code: number
  messageId: string | null
}

function resultsOf({ bytes }: Chunk): Unpacked[] {
  const results: Unpacked[] = []
  for (let at = 0; at < bytes.length; ) {
    const end = at + 11 + (bytes[at + 10] as number)
    const messageId = bytes.toString('hex', at + 11, end) || null
    const [state, code] = [bytes[at + 8] as number, bytes[at + 9] as number]
    results.push({ deviceId: bytes.readDoubleLE(at), state, code, messageId })
    at = end
  }
  return results
}

async function insertMissing(
  pool: Pool,
  campaignId: string,
  chunks: readonly Chunk[],
): Promise<{ missing: number; isOrphan: boolean }> {
  const deviceIds: number[] = []
  const states: number[] = []
  const codes: number[] = []
  const attempts: number[] = []
  const versions: (number | null)[] = []
  const messageIds: (string | null)[] = []
  for (const chunk of chunks) {
    for (const { deviceId, state, code, messageId } of resultsOf(chunk)) {
      deviceIds.push(deviceId)
      states.push(state)
      codes.push(code)
      attempts.push(chunk.attempt)
      versions.push(storedVersion(chunk.messageVersion))
      messageIds.push(messageId)
    }
  }
  const { rows } = await pool.query<{ missing: number; isOrphan: boolean }>({
    name: 'results-restore',
    text: RESTORE,
    values: [campaignId, deviceIds, states, codes, attempts, messageIds, versions],
  })
  return rows[0] as { missing: number; isOrphan: boolean }
}

/**
 * $1 campaign, $2–$7 results. In order of device, as every statement that records: two cannot deadlock.
 */
const RESTORE = `
WITH campaign AS (SELECT message_version FROM campaigns WHERE id = $1), restored AS (
  INSERT INTO deliveries (campaign_id, device_id, state, code, attempt, message_id, message_version)
  SELECT $1, device_id, state, code, least(attempt, 32767), decode(message_id, 'hex'), ${knownVersion('version', 'SELECT message_version FROM campaign')}
  FROM unnest($2::bigint[], $3::smallint[], $4::smallint[], $5::int[], $6::text[], $7::smallint[])
    AS r (device_id, state, code, attempt, message_id, version)
  WHERE EXISTS (SELECT FROM campaign)
  ORDER BY device_id
  ON CONFLICT (campaign_id, device_id) DO NOTHING
  RETURNING device_id
)
SELECT NOT EXISTS (SELECT FROM campaign) AS "isOrphan",
  CASE WHEN EXISTS (SELECT FROM campaign) THEN (SELECT count(*) FROM restored) ELSE cardinality($2::bigint[]) END AS missing`

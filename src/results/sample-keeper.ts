/**
 * Keeps what FCM said: of each code of a campaign the first answer, in `campaign_samples`. Apart from the results, so that
 * sending never waits for it: at most one statement of this process for each code of a campaign and version of its message.
 */
import { DELIVERY_CODES, type DeliveryCode, deliveryCodeOf } from '../domain/delivery-result.ts'
import type { Pool } from '../postgres/pool.ts'
import type { Logger } from '../process/logger.ts'

/** Remembered as kept. When there are more, all are forgotten: a statement that changes nothing is the price. */
const MOST_KEPT = 1_000

interface Refused {
  campaignId: string
  messageVersion: number
}

export class SampleKeeper {
  readonly #pool: Pool
  readonly #log: Logger
  readonly #kept = new Set<string>()
  readonly #writing = new Set<Promise<void>>()

  constructor(pool: Pool, log: Logger) {
    this.#pool = pool
    this.#log = log
  }

  /** Never rejects: what could not be written is written with the next answer. */
  keep({ campaignId, messageVersion }: Refused, code: DeliveryCode, detail: string): void {
    const key = `${campaignId}/${messageVersion}/${code}`
    if (this.#kept.has(key)) return
    if (this.#kept.size >= MOST_KEPT) this.#kept.clear()
    this.#kept.add(key)
    this.#log.warn(
      { campaignId, code, detail },
      'FCM did not accept a message of a campaign: the first for this reason',
    )
    const writing = keepSample(this.#pool, { campaignId, messageVersion }, code, detail)
      .catch((error: Error) => {
        this.#kept.delete(key)
        this.#log.warn({ err: error, campaignId }, 'what FCM said could not be kept')
      })
      .finally(() => this.#writing.delete(writing))
    this.#writing.add(writing)
  }

  /** Resolves when everything so far is written, or could not be. */
  async settled(): Promise<void> {
    await Promise.all(this.#writing)
  }
}

/** The first one stays, until the message is corrected: what FCM said of the one before would mislead. */
async function keepSample(
  pool: Pool,
  { campaignId, messageVersion }: Refused,
  code: DeliveryCode,
  detail: string,
): Promise<void> {
  await pool.query({
    name: 'sample-keep',
    text: `INSERT INTO campaign_samples AS s (campaign_id, code, message_version, detail)
           SELECT id, $2, $3, $4 FROM campaigns WHERE id = $1
           ON CONFLICT (campaign_id, code) DO UPDATE
             SET message_version = excluded.message_version, detail = excluded.detail, seen_at = now()
             WHERE s.message_version < excluded.message_version`,
    values: [campaignId, DELIVERY_CODES[code].number, messageVersion, detail],
  })
}

/** What FCM said, by code. */
export async function readSamples(pool: Pool, campaignId: string): Promise<Map<DeliveryCode, string>> {
  const { rows } = await pool.query<{ code: number; detail: string }>({
    name: 'read-samples',
    text: 'SELECT code, detail FROM campaign_samples WHERE campaign_id = $1 ORDER BY code',
    values: [campaignId],
  })
  return new Map(rows.map(({ code, detail }) => [deliveryCodeOf(code), detail]))
}

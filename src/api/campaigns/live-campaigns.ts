/**
 * Sends a campaign to all its viewers whenever it changes. The cost does not depend on the number of viewers: one
 * query a second for all watched campaigns, and one serialisation for each changed campaign. Without viewers, nothing
 * runs.
 *
 * An open stream is at most a few seconds behind. If the database does not answer for `staleAfterMs`, the streams
 * end, so that viewers reconnect instead of showing old figures.
 */
import { setImmediate as yieldToOthers } from 'node:timers/promises'
import { type Access, findEndedAccess } from '../../access/ended-access.ts'
import {
  type Campaign,
  readCampaign,
  readCampaigns,
  readWholeCampaign,
} from '../../campaigns/read-campaigns.ts'
import { AppError } from '../../domain/errors.ts'
import type { Pool } from '../../postgres/pool.ts'
import type { Prisma } from '../../postgres/prisma.ts'
import { joinReads } from '../../process/join-reads.ts'
import type { Logger } from '../../process/logger.ts'
import { type Repeated, repeat } from '../../process/repeat.ts'
import { type EventStream, frameOf } from '../http/event-stream.ts'
import type { LiveTimes } from '../http/request-context.ts'
import { campaignBody, etagOf, wholeCampaignBody } from './campaign-body.ts'
import type { StreamEnd } from './event-schemas.ts'

/** Proxies close connections that are silent for a minute, some after 30 s. */
const TIMES: LiveTimes = { lookEveryMs: 1_000, beatEveryMs: 15_000, staleAfterMs: 10_000 }
/** Needed to open a stream, and checked again while it is open. */
export const WATCH_PERMISSION = 'campaigns:read'
const RETRY_AFTER_SECONDS = 30
/** Streams written to before the event loop serves other requests. */
const WRITES_AT_ONCE = 500

/** A campaign serialised once for all its viewers. */
export interface LiveCampaign {
  etag: string
  json: string
  /** As an event; built when the first viewer needs it. */
  readonly frame: Buffer
  /** Its figures will not change again. Tags and archive may, which nobody watches. */
  isClosed: boolean
}

interface Viewer {
  /** Of the user or the API key. */
  callerId: string
  stream: EventStream
  access: Access
  /** Of the last event sent. */
  etag: string
  /** The polls started before it joined: their results may be older than what it got when it joined. */
  since: number
}

export interface LiveOptions {
  pool: Pool
  prisma: Prisma
  log: Logger
  maxStreams: number
  /** One caller must not take the places of all others. */
  maxStreamsPerCaller: number
  times?: LiveTimes | undefined
}

export class LiveCampaigns {
  /** For requests and for new viewers; simultaneous reads are joined, see joinReads. */
  readonly read: (id: string) => Promise<LiveCampaign>
  /** With its audience and what is typed in it: for requests only. The ETag is the same. */
  readonly readWhole: (id: string) => Promise<{ etag: string; json: string }>
  readonly #options: LiveOptions
  readonly #times: LiveTimes
  readonly #watched = new Map<string, Set<Viewer>>()
  readonly #stopping = new Set<Promise<void>>()
  #loops: Repeated[] = []
  #streams = 0
  readonly #streamsOf = new Map<string, number>()
  #polls = 0
  #polledAt = 0
  #isClosed = false

  constructor(options: LiveOptions) {
    this.#options = options
    this.#times = options.times ?? TIMES
    this.read = joinReads(async (id) => liveOf(await readCampaign(options.pool, id)))
    this.readWhole = joinReads(async (id) => {
      const body = wholeCampaignBody(await readWholeCampaign(options.pool, id))
      return { etag: etagOf(body), json: JSON.stringify(body) }
    })
  }

  openStreams(): number {
    return this.#streams
  }

  /**
   * Adds a viewer. `connect` opens the stream once the campaign is read, and must call its argument when the stream has
   * closed. Returns false without opening a stream if the campaign is closed and `seen` is its final ETag.
   */
  async watch(
    id: string,
    { access, callerId, seen }: { access: Access; callerId: string; seen: string | undefined },
    connect: (onClose: () => void) => EventStream,
  ): Promise<boolean> {
    this.#takePlace(callerId)
    let live: LiveCampaign
    try {
      live = await this.read(id)
      if (this.#isClosed) throw stopping()
    } catch (error) {
      this.#leavePlace(callerId)
      throw error
    }
    if (live.isClosed && live.etag === seen) {
      this.#leavePlace(callerId)
      return false
    }
    const stream = connect(() => this.#leave(id, viewer))
    const viewer: Viewer = { stream, callerId, access, etag: seen ?? '', since: this.#polls }
    const viewers = this.#watched.get(id) ?? new Set()
    this.#watched.set(id, viewers.add(viewer))
    if (this.#loops.length === 0) this.#start()
    update(viewer, live)
    return true
  }

  /**
   * Ends all streams without an `end` event, so that browsers reconnect, to another process if this one is stopping.
   */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#endAll()
    this.#stop()
    await Promise.all(this.#stopping)
  }

  #takePlace(callerId: string): void {
    if (this.#isClosed) throw stopping()
    const { maxStreams, maxStreamsPerCaller } = this.#options
    const own = this.#streamsOf.get(callerId) ?? 0
    if (own >= maxStreamsPerCaller) {
      throw new AppError(
        'too_many_streams',
        `You have ${own} open event streams with this process, which is the limit for one user or API key (EVENT_STREAMS_PER_CALLER). Close some of them, or poll the campaign with GET instead.`,
        { retryAfterSeconds: RETRY_AFTER_SECONDS },
      )
    }
    if (this.#streams >= maxStreams) {
      throw new AppError(
        'too_many_streams',
        `This process has ${this.#streams} open event streams, which is its limit (EVENT_STREAMS). Poll the campaign with GET instead, or try again later.`,
        { retryAfterSeconds: RETRY_AFTER_SECONDS },
      )
    }
    this.#streams += 1
    this.#streamsOf.set(callerId, own + 1)
  }

  #leavePlace(callerId: string): void {
    this.#streams -= 1
    const own = (this.#streamsOf.get(callerId) ?? 0) - 1
    if (own > 0) this.#streamsOf.set(callerId, own)
    else this.#streamsOf.delete(callerId)
  }

  #leave(id: string, viewer: Viewer): void {
    this.#leavePlace(viewer.callerId)
    const viewers = this.#watched.get(id)
    viewers?.delete(viewer)
    if (viewers?.size === 0) this.#watched.delete(id)
    if (this.#watched.size === 0) this.#stop()
  }

  #start(): void {
    const { lookEveryMs, beatEveryMs } = this.#times
    const { log } = this.#options
    this.#polledAt = performance.now()
    this.#loops = [
      repeat('poll watched campaigns', lookEveryMs, () => this.#poll(), log),
      repeat('keep event streams alive', beatEveryMs, () => this.#beat(), log),
    ]
  }

  #stop(): void {
    for (const loop of this.#loops) {
      const stopped = loop.stop().finally(() => this.#stopping.delete(stopped))
      this.#stopping.add(stopped)
    }
    this.#loops = []
  }

  async #poll(): Promise<void> {
    this.#polls += 1
    const poll = this.#polls
    const ids = [...this.#watched.keys()]
    if (ids.length === 0) return
    const campaigns = await readCampaigns(this.#options.pool, ids)
    this.#polledAt = performance.now()
    for (const id of ids) {
      const campaign = campaigns.get(id)
      const live = campaign && liveOf(campaign)
      await this.#each(this.#watched.get(id) ?? [], (viewer) => {
        if (viewer.since < poll) update(viewer, live)
      })
    }
  }

  async #beat(): Promise<void> {
    if (performance.now() - this.#polledAt > this.#times.staleAfterMs) return this.#endAll()
    const viewers = [...this.#watched.values()].flatMap((some) => [...some])
    if (viewers.length === 0) return
    await this.#each(viewers, ({ stream }) => stream.beat())
    const accesses = viewers.map(({ access }) => access)
    const ended = await findEndedAccess(this.#options.prisma, accesses, WATCH_PERMISSION)
    for (const { stream, access } of viewers) if (ended.has(access)) stream.end(ENDS.access_ended)
  }

  #endAll(): void {
    for (const viewers of this.#watched.values()) for (const { stream } of viewers) stream.end()
  }

  /** Ten thousand writes take 100 ms, during which no other request would be served. */
  async #each(viewers: Iterable<Viewer>, visit: (viewer: Viewer) => void): Promise<void> {
    let written = 0
    for (const viewer of viewers) {
      visit(viewer)
      written += 1
      if (written % WRITES_AT_ONCE === 0) await yieldToOthers()
    }
  }
}

function liveOf(campaign: Campaign): LiveCampaign {
  const body = campaignBody(campaign)
  const json = JSON.stringify(body)
  const etag = etagOf(body)
  let frame: Buffer | undefined
  return {
    etag,
    json,
    isClosed: body.closedAt !== null,
    get frame() {
      frame ??= frameOf('campaign', json, etag)
      return frame
    },
  }
}

/** Sends the campaign if it has changed, and ends the stream if the campaign is closed or deleted. */
function update(viewer: Viewer, live: LiveCampaign | undefined): void {
  if (live === undefined) {
    viewer.stream.end(ENDS.deleted)
    return
  }
  if (live.etag !== viewer.etag) {
    viewer.etag = live.etag
    viewer.stream.write(live.frame)
  }
  if (live.isClosed) viewer.stream.end(ENDS.closed)
}

function endOf(reason: StreamEnd['reason']): Buffer {
  return frameOf('end', JSON.stringify({ reason } satisfies StreamEnd))
}

const ENDS = { closed: endOf('closed'), deleted: endOf('deleted'), access_ended: endOf('access_ended') }

function stopping(): AppError {
  return new AppError('not_ready', 'This process is stopping. Send the request to another one.', {
    retryAfterSeconds: 5,
  })
}

/**
 * Keeps a draft on the server while somebody types: one request at a time, the newest text last. A lost answer is no
 * riddle: a POST is repeated as it was, with its key; after a PATCH the campaign is looked at.
 */
import type { CampaignReply } from '../../../../src/api/campaigns/campaign-schemas.ts'
import { ApiProblem } from '../../api/problem.ts'
import type { CampaignBody } from './draft-form.ts'

export interface Stored {
  campaign: CampaignReply
  etag: string | null
}

export interface DraftApi {
  create(body: CampaignBody, idempotencyKey: string): Promise<Stored>
  change(id: string, body: CampaignBody, etag: string | null): Promise<Stored>
  read(id: string): Promise<Stored>
}

export interface SaverState {
  id: string | null
  etag: string | null
  /** What the server holds, as `contentOf` writes it; null: nothing yet. */
  content: string | null
  version: number
  isSaving: boolean
  savedAt: Date | null
  error: unknown
  /** Somebody else has changed it: nothing is stored until it is decided whose text stays. */
  conflict: CampaignReply | null
}

export class DraftSaver {
  #state: SaverState
  #running: Promise<void> | null = null
  #wanted: CampaignBody | null = null
  /** The first POST, until it is known what came of it. */
  #first: { key: string; body: CampaignBody } | null = null
  readonly #api: DraftApi
  readonly #listeners = new Set<() => void>()

  /** `isConflict`: what is typed here was typed over an older version than the one opened. */
  constructor(api: DraftApi, opened: Stored | null, isConflict = false) {
    this.#api = api
    this.#state = {
      id: null,
      etag: null,
      content: null,
      version: 0,
      isSaving: false,
      savedAt: null,
      error: null,
      conflict: isConflict && opened !== null ? opened.campaign : null,
      ...(opened && stateOf(opened)),
    }
  }

  readonly state = (): SaverState => this.#state

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  isStored(body: CampaignBody): boolean {
    return contentOf(body) === this.#state.content
  }

  /** Resolves when this, or what was asked for after it, is stored. */
  save(body: CampaignBody): Promise<void> {
    this.#wanted = body
    this.#running ??= this.#run().finally(() => {
      this.#running = null
    })
    return this.#running
  }

  /** After a conflict: what is typed here goes over what somebody else wrote. */
  async keepMine(body: CampaignBody | null): Promise<void> {
    const { id } = this.#state
    if (id === null) return
    this.#set({ ...stateOf(await this.#api.read(id)), conflict: null, error: null })
    if (body !== null) await this.save(body)
  }

  async #run(): Promise<void> {
    this.#set({ isSaving: true, error: null })
    try {
      while (this.#wanted !== null && !this.isStored(this.#wanted)) await this.#store(this.#wanted)
      this.#set({ isSaving: false, savedAt: new Date(), conflict: null })
    } catch (error) {
      this.#set({ isSaving: false, error })
      throw error
    }
  }

  async #store(body: CampaignBody): Promise<void> {
    const { id, etag } = this.#state
    if (id === null) {
      this.#first ??= { key: crypto.randomUUID(), body }
      const { key, body: first } = this.#first
      const stored = await this.#api.create(first, key).catch((error: unknown) => {
        if (isRefusal(error)) this.#first = null
        throw error
      })
      this.#set({ ...stateOf(stored), content: contentOf(first) })
      return
    }
    const stored = await this.#api.change(id, body, etag).catch(async (error: unknown) => {
      if (!(error instanceof ApiProblem) || error.code !== 'version_conflict') throw error
      const theirs = await this.#api.read(id)
      // It was us: the answer to our own change was lost.
      if (contentOf(theirs.campaign) === contentOf(body)) return theirs
      this.#set({ conflict: theirs.campaign })
      throw error
    })
    this.#set({ ...stateOf(stored), content: contentOf(body) })
  }

  #set(change: Partial<SaverState>): void {
    this.#state = { ...this.#state, ...change }
    for (const listener of this.#listeners) listener()
  }
}

function stateOf({ campaign, etag }: Stored) {
  const { id, version } = campaign
  return { id, etag, version, content: contentOf(campaign) }
}

/** The server has said no: nothing was stored. Without an answer, or with a broken one, nobody knows. */
function isRefusal(error: unknown): boolean {
  return error instanceof ApiProblem && error.status >= 400 && error.status < 500
}

/** What a draft says, in one spelling: PostgreSQL keeps the fields of an object in an order of its own. */
export function contentOf(campaign: CampaignBody | CampaignReply): string {
  const { name, message, audience, ratePerMinute = null, priority, guarantee } = campaign
  return sortedJson({ name, message, audience, ratePerMinute, priority, guarantee })
}

function sortedJson(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) =>
    typeof each === 'object' && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([one], [other]) => (one < other ? -1 : 1)))
      : each,
  )
}

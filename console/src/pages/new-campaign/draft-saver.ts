/**
 * Saves a draft while the user types: one request at a time, always the latest content. After a lost response, a POST
 * is repeated unchanged with its key, and after a PATCH the campaign is read back.
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
  /** What the server holds, as written by `contentOf`; null: nothing yet. */
  content: string | null
  version: number
  isSaving: boolean
  savedAt: Date | null
  error: unknown
  /** Someone else has changed it: nothing is saved until the user chooses a version. */
  conflict: CampaignReply | null
}

export class DraftSaver {
  #state: SaverState
  #running: Promise<void> | null = null
  #wanted: CampaignBody | null = null
  /** The first POST, until its result is known. */
  #first: { key: string; body: CampaignBody } | null = null
  readonly #api: DraftApi
  readonly #listeners = new Set<() => void>()

  /** `isConflict`: the local changes were made to an older version than the one opened. */
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

  /** Resolves when this content, or a later one, is saved. */
  save(body: CampaignBody): Promise<void> {
    this.#wanted = body
    this.#running ??= this.#run().finally(() => {
      this.#running = null
    })
    return this.#running
  }

  /** After a conflict: overwrites the other version. */
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
      // It was our own change, whose response was lost.
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

/** The server rejected it, so nothing was stored. Without a valid response this is unknown. */
function isRefusal(error: unknown): boolean {
  return error instanceof ApiProblem && error.status >= 400 && error.status < 500
}

/** The content of a draft in a canonical form: PostgreSQL does not keep the order of an object's fields. */
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

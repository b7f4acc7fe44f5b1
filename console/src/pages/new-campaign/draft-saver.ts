/**
 * Saves a draft while the user types: one request at a time, always the latest content. After a lost response, a POST
 * is repeated unchanged with its key, and after a PATCH the campaign is read back.
 *
 * What somebody else has saved is never written over: it becomes `conflict`, and nothing is saved until the user, who is
 * shown the difference, has chosen.
 */
import type { WholeCampaignReply } from '../../../../src/api/campaigns/campaign-schemas.ts'
import { ApiProblem, isConflict } from '../../api/problem.ts'
import type { DraftContent } from './draft-form.ts'

export interface Stored {
  campaign: WholeCampaignReply
  etag: string | null
}

export interface DraftApi {
  create(content: DraftContent, idempotencyKey: string): Promise<Stored>
  change(id: string, content: DraftContent, etag: string | null): Promise<Stored>
  read(id: string): Promise<Stored>
}

export interface SaverState {
  /** As the server has it; null: nothing yet. */
  campaign: WholeCampaignReply | null
  etag: string | null
  /** What the server holds, as written by `contentOf`. */
  content: string | null
  /** Content that the server has refused: it is not offered again by itself. */
  refused: string | null
  isSaving: boolean
  error: unknown
  conflict: Stored | null
}

export class DraftSaver {
  #state: SaverState
  #running: Promise<void> | null = null
  #wanted: DraftContent | null = null
  /** The first POST, until its result is known. */
  #first: { key: string; content: DraftContent } | null = null
  readonly #api: DraftApi
  readonly #listeners = new Set<() => void>()

  constructor(api: DraftApi, opened: Stored | null) {
    this.#api = api
    this.#state = {
      campaign: null,
      etag: null,
      content: null,
      refused: null,
      isSaving: false,
      error: null,
      conflict: null,
      ...(opened && stateOf(opened)),
    }
  }

  readonly state = (): SaverState => this.#state

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Resolves when this content, or a later one, is saved. */
  save(content: DraftContent): Promise<void> {
    this.#wanted = content
    this.#running ??= this.#run().finally(() => {
      this.#running = null
    })
    return this.#running
  }

  /** The server has it so: after a change that was made elsewhere in the editor, or that the user has taken over. */
  adopt(stored: Stored): void {
    this.#wanted = null
    this.#set({ ...stateOf(stored), error: null, refused: null, conflict: null })
  }

  /** What the server has now, found by looking. False: somebody else has changed what is edited here. */
  noticed(stored: Stored): boolean {
    const { campaign, conflict } = this.#state
    // Older than our own last change, or overtaken by the one that is on its way.
    if (this.#running !== null || campaign === null || stored.campaign.version <= campaign.version)
      return conflict === null
    const isOurs = isSame(stored.campaign, this.#state)
    this.#set(isOurs ? { ...stateOf(stored), conflict: null } : { conflict: stored })
    return isOurs
  }

  /**
   * After a conflict: writes over the version that the user was shown, and over no later one.
   */
  async keepMine(content: DraftContent | null): Promise<void> {
    const { conflict } = this.#state
    if (conflict === null) return
    this.adopt(conflict)
    if (content !== null) await this.save(content)
  }

  /** What is saved next is a draft of its own. */
  startAnew(): void {
    this.#first = null
    this.#set({ campaign: null, etag: null, content: null, refused: null, error: null, conflict: null })
  }

  async #run(): Promise<void> {
    this.#set({ isSaving: true, error: null })
    try {
      while (this.#wanted !== null && contentOf(this.#wanted) !== this.#state.content) {
        // Typed on after somebody else's change was noticed.
        if (this.#state.conflict !== null) throw new ApiProblem({ status: 412, code: 'version_conflict' })
        await this.#store(this.#wanted)
      }
      this.#set({ isSaving: false, refused: null })
    } catch (error) {
      const refused = isRefusal(error) && this.#wanted !== null ? contentOf(this.#wanted) : null
      this.#set({ isSaving: false, error, refused })
      throw error
    }
  }

  async #store(content: DraftContent): Promise<void> {
    const { campaign, etag } = this.#state
    if (campaign === null) {
      this.#first ??= { key: crypto.randomUUID(), content }
      const { key, content: first } = this.#first
      const stored = await this.#api.create(first, key).catch((error: unknown) => {
        if (isRefusal(error)) this.#first = null
        throw error
      })
      // Its key has done its work: the next POST is another draft, and the server would answer it with this one.
      this.#first = null
      this.#set({ ...stateOf(stored), content: contentOf(first) })
      return
    }
    const stored = await this.#api.change(campaign.id, content, etag).catch(async (error: unknown) => {
      if (!isConflict(error)) throw error
      const theirs = storedIn(error) ?? (await this.#api.read(campaign.id))
      // It was our own change, whose response was lost.
      if (theirs.campaign.state === campaign.state && contentOf(theirs.campaign) === contentOf(content))
        return theirs
      // Somebody has tagged it: nothing that is edited here, and no reason to show anybody a difference.
      if (isSame(theirs.campaign, this.#state)) {
        this.#set(stateOf(theirs))
        return null
      }
      this.#set({ conflict: theirs })
      throw error
    })
    if (stored !== null) this.#set({ ...stateOf(stored), content: contentOf(content) })
  }

  #set(change: Partial<SaverState>): void {
    this.#state = { ...this.#state, ...change }
    for (const listener of this.#listeners) listener()
  }
}

/** What the server has instead, if it said so with its refusal. Only the version of an ETag is compared. */
export function storedIn({ current }: ApiProblem): Stored | null {
  return current && { campaign: current, etag: `"${current.version}"` }
}

function stateOf({ campaign, etag }: Stored) {
  return { campaign, etag, content: contentOf(campaign) }
}

/** Tags and the like change the version, and nothing of what is edited here. */
function isSame(theirs: WholeCampaignReply, { campaign, content }: SaverState): boolean {
  return (
    theirs.state === campaign?.state &&
    (theirs.localAt === null
      ? theirs.scheduledAt === campaign.scheduledAt
      : isSameLocalTime(theirs, campaign)) &&
    contentOf(theirs) === content
  )
}

/** After these the same content may be taken: signed in again, or later. */
const MAY_PASS = [401, 408, 429]

/** The server rejected it, so nothing was stored. Without a valid response this is unknown. */
function isRefusal(error: unknown): boolean {
  return (
    error instanceof ApiProblem &&
    error.status >= 400 &&
    error.status < 500 &&
    !MAY_PASS.includes(error.status)
  )
}

/**
 * The content of a draft in a canonical form: PostgreSQL does not keep the order of an object's fields. The form as it was
 * typed says everything; what could be read of it is only its consequence.
 */
export function contentOf(content: DraftContent | WholeCampaignReply): string {
  const {
    name,
    message,
    audience,
    ratePerMinute = null,
    latestStartMinutes,
    priority,
    guarantee,
    unfinished = null,
    kind = 'service',
    advertiser = null,
    night = 'skip',
    sendWindow = null,
    notAfter = null,
    defaultZone = null,
    ignoresCaps = false,
    countsTowardCaps = true,
    oncePerMember = false,
  } = content
  if (unfinished !== null) return sortedJson({ unfinished })
  const rules = {
    kind,
    advertiser: kind === 'service' ? null : advertiser,
    night,
    sendWindow,
    notAfter,
    defaultZone,
  }
  return sortedJson({
    name,
    message,
    audience,
    ratePerMinute,
    latestStartMinutes,
    priority,
    guarantee,
    ...rules,
    ...{ ignoresCaps, countsTowardCaps, oncePerMember },
  })
}

export function sortedJson(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) =>
    typeof each === 'object' && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([one], [other]) => (one < other ? -1 : 1)))
      : each,
  )
}

type LocalTimeShown = Pick<WholeCampaignReply, 'localAt' | 'late' | 'unknownZone' | 'defaultZone'>

export function isSameLocalTime(one: LocalTimeShown, other: LocalTimeShown): boolean {
  return (
    one.localAt === other.localAt &&
    one.late === other.late &&
    one.unknownZone === other.unknownZone &&
    one.defaultZone === other.defaultZone
  )
}

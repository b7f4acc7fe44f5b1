/** What the address says about the list of campaigns, and what is asked of the API for it. Pure. */
import { CAMPAIGN_STATES, type CampaignState } from '../../../../src/domain/campaign.ts'
import {
  ARCHIVED,
  type Archived,
  CAMPAIGN_SORTS,
  type CampaignSort,
} from '../../../../src/domain/campaign-list.ts'
import type { CampaignFilter } from '../../api/campaigns.ts'

/** `from` and `to` are days, YYYY-MM-DD: a link means the same days to whoever opens it. */
export interface ListSearch {
  state?: CampaignState
  search?: string
  author?: string
  tag?: string
  /** Its number. */
  project?: string
  from?: string
  to?: string
  archived?: Archived
  sort?: CampaignSort
}

/** Far enough, and no day of a zone is in a year of five digits. */
const DAY = /^(?:19|20|21)\d{2}-\d{2}-\d{2}$/
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
/** The API refuses more. */
const LONGEST_SEARCH = 200

/** Addresses may be typed by hand: valid parameters are used, others are ignored. */
export function readListSearch(search: Record<string, unknown>): ListSearch {
  const text = (name: string) => {
    const value = search[name]
    const said = typeof value === 'number' || typeof value === 'boolean' ? String(value) : value
    return typeof said === 'string' && said !== '' ? { [name]: said.slice(0, LONGEST_SEARCH) } : {}
  }
  const oneOf = (name: string, allowed: readonly string[]) => {
    const value = String(search[name])
    return allowed.includes(value) ? { [name]: value } : {}
  }
  const day = (name: string) => (isDay(search[name]) ? { [name]: search[name] } : {})
  return {
    ...text('search'),
    ...oneOf('state', CAMPAIGN_STATES),
    ...(UUID.test(String(search.author)) && { author: String(search.author) }),
    ...text('tag'),
    ...(/^[1-9]\d{0,4}$/.test(String(search.project)) && { project: String(search.project) }),
    ...day('from'),
    ...day('to'),
    ...oneOf('archived', ARCHIVED),
    ...oneOf('sort', CAMPAIGN_SORTS),
  }
}

/** Days begin where the reader is. Both are in the list. */
export function filterOf({ from, to, project, ...search }: ListSearch): CampaignFilter {
  return {
    ...search,
    ...(project !== undefined && { project: Number(project) }),
    ...(from !== undefined && { from: midnightOf(from, 0).toISOString() }),
    ...(to !== undefined && { to: new Date(midnightOf(to, 1).getTime() - 1).toISOString() }),
  }
}

/** Without what is empty, so that the address stays short. */
export function withChange(search: ListSearch, change: { [K in keyof ListSearch]?: string }): ListSearch {
  return readListSearch({ ...search, ...change })
}

/** Filters only: a search that is sorted another way hides nothing. */
export function isFiltered({ sort: _sort, ...filters }: ListSearch): boolean {
  return Object.keys(filters).length > 0
}

export function isDay(value: unknown): value is string {
  if (typeof value !== 'string' || !DAY.test(value)) return false
  const at = Date.parse(value)
  // 2026-02-31 is parsed as a day in March.
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(value)
}

/** Of the reader's own zone; the day after a day is not always 24 hours later. */
function midnightOf(day: string, later: number): Date {
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number)
  return new Date(year, month - 1, date + later)
}

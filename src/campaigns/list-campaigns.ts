/**
 * Lists of campaigns: filtered, sorted, a page at a time, and counted by state. A page begins after the last row of the one
 * before, by the value that the list is sorted by and the id, so its cost does not grow with the pages before it. Each order
 * has an index, campaigns_by_….
 */
import { CAMPAIGN_STATES, type CampaignState } from '../domain/campaign.ts'
import { type Archived, type CampaignSort, MAX_SEARCH_WORDS } from '../domain/campaign-list.ts'
import { cleanText } from '../domain/clean-text.ts'
import { AppError } from '../domain/errors.ts'
import type { Pool, Queryable } from '../postgres/pool.ts'
import { IS_SHOWN, type ListedCampaign, selectListed } from './read-campaigns.ts'

export interface CampaignFilter {
  state?: CampaignState | undefined
  /** Words, all of which are in the name or the title, in any order and in upper or lower case. */
  search?: string | undefined
  createdBy?: string | undefined
  tag?: string | undefined
  projectId?: number | undefined
  /** Of the time that is shown for a campaign: from this one on, and before that one. */
  from?: Date | undefined
  to?: Date | undefined
  /** Default: `false`. */
  archived?: Archived | undefined
}

/** Where a page ends. `key`: the value that the list is sorted by, as text; null if that is the id. */
export interface ListPosition {
  id: string
  key: string | null
}

/** When it was started, is to start, or was created: the time that is shown for a campaign. In the words of the index. */
export const SHOWN_TIME = 'coalesce(started_at, scheduled_at, created_at)'

/**
 * A campaign that is not closed has no final count, and one that moves while people turn pages would be seen twice or never.
 * So it sorts below all others: last if most are first.
 */
const total = (name: string) => `coalesce((totals->>'${name}')::int, -1)`

interface SortKey {
  /** In the words of the index. */
  sql: string
  toText: (sql: string) => string
  /** SQL for the value that the text in a parameter stands for. */
  ofText: (parameter: string) => string
}

const asIs = (type: string) => ({
  toText: (sql: string) => `(${sql})::text`,
  ofText: (parameter: string) => `${parameter}::${type}`,
})

/** Of the texts that a cursor may have: the API refuses all others. */
export const KEY_FORMS = {
  name: undefined,
  /** Microseconds since 1970: a Date would lose three digits, and the row with them. */
  time: '^-?\\d{1,18}$',
  count: '^-?\\d{1,9}$',
} as const

const SORT_KEYS = {
  // By code points: Hangul syllables are in the order of the alphabet, and no update of a locale changes the index.
  name: { sql: 'lower(name) COLLATE "C"', ...asIs('text') },
  time: {
    sql: SHOWN_TIME,
    toText: (sql) => `(extract(epoch FROM ${sql}) * 1000000)::bigint::text`,
    ofText: (parameter) => `timestamptz 'epoch' + ${parameter}::bigint * interval '1 microsecond'`,
  },
  sent: { sql: total('sent'), ...asIs('int') },
  failed: { sql: total('failed'), ...asIs('int') },
  audience: { sql: total('audience'), ...asIs('int') },
} as const satisfies Record<string, SortKey>

interface Order {
  /** Null: by the id, which is in the order of creation. */
  key: SortKey | null
  isDescending: boolean
}

function orderOf(sort: CampaignSort): Order {
  if (sort === 'newest' || sort === 'oldest') return { key: null, isDescending: sort === 'newest' }
  const name = sort.replace('-', '') as keyof typeof SORT_KEYS
  const isReversed = sort.startsWith('-')
  return { key: SORT_KEYS[name], isDescending: (name === 'name') === isReversed }
}

/** The form of the texts that a cursor of this order has; null if it has none but the id. */
export function keyFormOf(sort: CampaignSort): keyof typeof KEY_FORMS | null {
  const { key } = orderOf(sort)
  if (key === null) return null
  return key === SORT_KEYS.name ? 'name' : key === SORT_KEYS.time ? 'time' : 'count'
}

export async function listCampaigns(
  db: Queryable,
  limit: number,
  filter: CampaignFilter = {},
  { sort = 'newest', after }: { sort?: CampaignSort; after?: ListPosition | undefined } = {},
): Promise<ListedCampaign[]> {
  const { key, isDescending } = orderOf(sort)
  const values: unknown[] = []
  const parameter = (value: unknown) => `$${values.push(value)}`
  const conditions = conditionsOf(filter, parameter)
  if (filter.state !== undefined) conditions.push(isInState(filter.state))
  const sign = isDescending ? '<' : '>'
  if (after !== undefined) {
    const id = `${parameter(after.id)}::uuid`
    conditions.push(
      key === null
        ? `id ${sign} ${id}`
        : `(${key.sql}, id) ${sign} (${key.ofText(parameter(after.key))}, ${id})`,
    )
  }
  const direction = isDescending ? 'DESC' : 'ASC'
  const orderBy = (table: string) =>
    `${key === null ? '' : `${key.sql} ${direction}, `}${table}id ${direction}`
  const campaigns = `
    SELECT *, ${key === null ? 'NULL::text' : key.toText(key.sql)} AS sort_key FROM campaigns
    WHERE ${conditions.join(' AND ')} ORDER BY ${orderBy('')} LIMIT ${parameter(limit)}`
  return await selectListed(db, campaigns, orderBy('c.'), values)
}

/** As text, not as a parameter, so that it is the condition of the index. */
export const isInState = (state: CampaignState) => `state = '${state}'`

export type CampaignCounts = Record<'all' | CampaignState, number>

/** How many campaigns each state has of those that fit the other filters. */
export async function countCampaigns(pool: Pool, filter: CampaignFilter = {}): Promise<CampaignCounts> {
  const values: unknown[] = []
  const conditions = conditionsOf(filter, (value) => `$${values.push(value)}`)
  const { rows } = await pool.query<{ state: CampaignState; count: number }>(
    `/* count-campaigns */ SELECT state, count(*) AS count FROM campaigns
     WHERE ${conditions.join(' AND ')} GROUP BY state`,
    values,
  )
  const found = Object.fromEntries(rows.map(({ state, count }) => [state, count]))
  const counts = Object.fromEntries(CAMPAIGN_STATES.map((state) => [state, found[state] ?? 0]))
  const all = rows.reduce((sum, { count }) => sum + count, 0)
  return { all, ...(counts as Record<CampaignState, number>) }
}

const ARCHIVED_SQL = { false: ['archived_at IS NULL'], true: ['archived_at IS NOT NULL'], any: [] } as const

/** All but the state. */
export function conditionsOf(filter: CampaignFilter, parameter: (value: unknown) => string): string[] {
  const { search, createdBy, tag, projectId, from, to, archived = 'false' } = filter
  const conditions: string[] = [IS_SHOWN, ...ARCHIVED_SQL[archived]]
  if (createdBy !== undefined) conditions.push(`created_by = ${parameter(createdBy)}::uuid`)
  if (tag !== undefined) conditions.push(`tags @> ARRAY[${parameter(cleanText(tag))}::text]`)
  if (projectId !== undefined) conditions.push(`project_id = ${parameter(projectId)}::smallint`)
  if (from !== undefined) conditions.push(`${SHOWN_TIME} >= ${parameter(from)}::timestamptz`)
  if (to !== undefined) conditions.push(`${SHOWN_TIME} < ${parameter(to)}::timestamptz`)
  for (const word of wordsOf(search ?? '')) {
    conditions.push(`strpos(searched, lower(${parameter(word)})) > 0`)
  }
  return conditions
}

function wordsOf(search: string): string[] {
  const words = cleanText(search).split(/\s+/).filter(Boolean)
  if (words.length <= MAX_SEARCH_WORDS) return words
  const problem = `has ${words.length} words; at most ${MAX_SEARCH_WORDS} are looked for. Leave some out`
  throw new AppError('invalid_request', `search ${problem}.`, { fields: [{ field: '/search', problem }] })
}

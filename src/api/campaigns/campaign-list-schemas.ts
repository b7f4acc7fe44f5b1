/** The list of campaigns: its filters, the counts by state, and what the filters can be set to. */
import Type, { type Static } from 'typebox'
import { CAMPAIGN_STATES } from '../../domain/campaign.ts'
import { ARCHIVED, CAMPAIGN_SORTS, MAX_SEARCH_WORDS } from '../../domain/campaign-list.ts'
import { Exact, Id, OneOf, PageQuery } from '../http/common-schemas.ts'

/** A time as a filter takes it. */
const Instant = (description: string) => Type.Optional(Type.String({ format: 'date-time', description }))
const SHOWN_TIME = 'started, else scheduled, else created'

export const filters = {
  search: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 200,
      description: `Words, at most ${MAX_SEARCH_WORDS}: all of them are in the name or the title, in any order, in upper or lower case`,
    }),
  ),
  author: Type.Optional(Type.String({ format: 'uuid', description: '"createdBy": a user or an API key' })),
  tag: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
  project: Type.Optional(Type.Integer({ minimum: 1, maximum: 32_767 })),
  from: Instant(`Not before this time: ${SHOWN_TIME}`),
  to: Instant(`Before this time: ${SHOWN_TIME}`),
  archived: Type.Optional(
    OneOf(ARCHIVED, { default: 'false', description: 'true: only archived ones; any: those too' }),
  ),
}

export const CampaignListQuery = Exact({
  ...PageQuery,
  state: Type.Optional(OneOf(CAMPAIGN_STATES)),
  ...filters,
  sort: Type.Optional(
    OneOf(CAMPAIGN_SORTS, {
      default: 'newest',
      description: `A to Z, latest (${SHOWN_TIME}), or most first; "-" turns it around. sent, failed and audience are the final figures: a campaign that is not closed yet has none and sorts below all others`,
    }),
  ),
})

export const CampaignFilterQuery = Exact(filters)
export type CampaignFilterQuery = Static<typeof CampaignFilterQuery>

const Count = Type.Integer()
export const CampaignCountsReply = Type.Object({
  all: Count,
  draft: Count,
  scheduled: Count,
  sending: Count,
  paused: Count,
  finished: Count,
  canceled: Count,
})
export type CampaignCountsReply = Static<typeof CampaignCountsReply>

export const ListChoicesReply = Type.Object(
  {
    authors: Type.Array(
      Type.Object({ id: Id, name: Type.String({ description: 'Of a user or an API key' }) }),
    ),
    tags: Type.Array(Type.String()),
    projects: Type.Array(Type.Object({ id: Type.Integer(), name: Type.String() })),
  },
  { description: 'In the order of their names, at most 500 of each' },
)
export type ListChoicesReply = Static<typeof ListChoicesReply>

/** What lists of campaigns can be sorted by, for the API and the console. Pure. */

/** A minus turns the order around. Without it: newest, A to Z, latest, and most first. */
export const CAMPAIGN_SORTS = [
  'newest',
  'oldest',
  'name',
  '-name',
  'time',
  '-time',
  'sent',
  '-sent',
  'failed',
  '-failed',
  'audience',
  '-audience',
] as const
export type CampaignSort = (typeof CAMPAIGN_SORTS)[number]

/** Whether archived campaigns are in the list: not, only they, or both. */
export const ARCHIVED = ['false', 'true', 'any'] as const
export type Archived = (typeof ARCHIVED)[number]

export const MAX_SEARCH_WORDS = 10

export const MAX_TAGS = 20
export const MAX_TAG_LENGTH = 30

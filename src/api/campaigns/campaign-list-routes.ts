/** Lists of campaigns, how many there are in each state, what can be filtered by, and the archive. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import Type from 'typebox'
import { archiveCampaign, unarchiveCampaign } from '../../campaigns/archive-campaign.ts'
import {
  type CampaignFilter,
  countCampaigns,
  KEY_FORMS,
  keyFormOf,
  type ListPosition,
  listCampaigns,
} from '../../campaigns/list-campaigns.ts'
import { listChoices } from '../../campaigns/list-choices.ts'
import type { CampaignSort } from '../../domain/campaign-list.ts'
import {
  DEFAULT_LIMIT,
  Exact,
  Id,
  IdempotencyHeader,
  IdParams,
  NoBody,
  Page,
} from '../http/common-schemas.ts'
import { boundedPageOf, cursorOf } from '../http/cursor.ts'
import type { RouteDeps } from '../http/request-context.ts'
import { timeOf } from '../http/time-of.ts'
import { campaignBody, etagOf } from './campaign-body.ts'
import {
  CampaignCountsReply,
  CampaignFilterQuery,
  CampaignListQuery,
  ListChoicesReply,
} from './campaign-list-schemas.ts'
import { CampaignReply } from './campaign-schemas.ts'

const byId = cursorOf(Exact({ id: Id, key: Type.Null() }))
const cursorBy = (pattern: string | undefined) =>
  cursorOf(Exact({ id: Id, key: Type.String(pattern === undefined ? {} : { pattern }) }))
const BY_KEY = {
  name: cursorBy(KEY_FORMS.name),
  time: cursorBy(KEY_FORMS.time),
  count: cursorBy(KEY_FORMS.count),
} as const

const ARCHIVE = {
  archive: {
    act: archiveCampaign,
    summary: 'Put a draft or a closed campaign into the archive; lists show it only when asked to',
  },
  unarchive: { act: unarchiveCampaign, summary: 'Take a campaign out of the archive' },
} as const

export function campaignListRoutes({ pool }: RouteDeps): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.get(
      '/campaigns',
      {
        config: { permission: 'campaigns:read' },
        schema: {
          tags: ['campaigns'],
          summary: 'Campaigns, newest first unless sorted otherwise',
          querystring: CampaignListQuery,
          response: { 200: Page(CampaignReply) },
        },
      },
      async (request) => {
        const { limit = DEFAULT_LIMIT, cursor, state, sort = 'newest', ...query } = request.query
        const list = `campaigns:${JSON.stringify([state, sort, query])}`
        const after = positionOf(sort, list, cursor)
        const filter = { ...filterOf(query), state }
        const rows = await listCampaigns(pool, limit + 1, filter, { sort, after })
        const { data, last } = boundedPageOf(rows, limit, ({ campaign }) => campaignBody(campaign))
        const position = last && { id: last.campaign.id, key: last.sortKey }
        return { data, nextCursor: encode(sort, list, position) }
      },
    )

    app.get(
      '/campaigns/counts',
      {
        config: { permission: 'campaigns:read' },
        schema: {
          tags: ['campaigns'],
          summary: 'How many campaigns are in each state, of those that fit the filters',
          querystring: CampaignFilterQuery,
          response: { 200: CampaignCountsReply },
        },
      },
      async (request) => await countCampaigns(pool, filterOf(request.query)),
    )

    app.get(
      '/campaigns/choices',
      {
        config: { permission: 'campaigns:read' },
        schema: {
          tags: ['campaigns'],
          summary: 'What the list can be filtered by: authors, tags and projects',
          response: { 200: ListChoicesReply },
        },
      },
      async () => await listChoices(pool),
    )

    for (const [name, { act, summary }] of Object.entries(ARCHIVE)) {
      app.post(
        `/campaigns/:id/${name}`,
        {
          config: { permission: 'campaigns:write' },
          schema: {
            tags: ['campaigns'],
            summary,
            headers: IdempotencyHeader,
            params: IdParams,
            body: NoBody,
            response: { 200: CampaignReply },
          },
        },
        async (request, reply) => {
          const body = campaignBody(await act(pool, request.params.id))
          return reply.header('etag', etagOf(body)).send(body)
        },
      )
    }
  }
}

function filterOf({ author, project, from, to, ...rest }: CampaignFilterQuery): CampaignFilter {
  return {
    ...rest,
    createdBy: author,
    projectId: project,
    from: timeOf('from', from ?? null) ?? undefined,
    to: timeOf('to', to ?? null) ?? undefined,
  }
}

function positionOf(sort: CampaignSort, list: string, cursor: string | undefined): ListPosition | undefined {
  const form = keyFormOf(sort)
  return form === null ? byId.decode(list, cursor) : BY_KEY[form].decode(list, cursor)
}

function encode(sort: CampaignSort, list: string, position: ListPosition | undefined): string | null {
  const form = keyFormOf(sort)
  if (form === null) return byId.encode(list, position && { id: position.id, key: null })
  return BY_KEY[form].encode(list, position && { id: position.id, key: position.key ?? '' })
}

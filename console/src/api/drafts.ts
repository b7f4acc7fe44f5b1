/** Edits, tests and sends a draft. */
import { queryOptions } from '@tanstack/react-query'
import type { Static } from 'typebox'
import type { AudienceCountReply } from '../../../src/api/campaigns/audience-schemas.ts'
import type { CampaignReply, TestBody, TestReply } from '../../../src/api/campaigns/campaign-schemas.ts'
import type { Audience } from '../../../src/domain/campaign.ts'
import type { DraftApi, Stored } from '../pages/new-campaign/draft-saver.ts'
import type { SendApi } from '../pages/new-campaign/put-on-its-way.ts'
import { call, callForResponse } from './client.ts'
import { keys } from './query-keys.ts'

export type TestRequest = Static<typeof TestBody>
export type AudienceCount = AudienceCountReply
export type TestResult = Static<typeof TestReply>['data'][number]

const pathTo = (id: string) => `/v1/campaigns/${encodeURIComponent(id)}`

export const draftApi: DraftApi = {
  create: (body, idempotencyKey) => stored('POST', '/v1/campaigns', { body, idempotencyKey }),
  change: (id, body, etag) => stored('PATCH', pathTo(id), { body, ...(etag !== null && { ifMatch: etag }) }),
  read: (id) => stored('GET', pathTo(id), {}),
}

/** A change that sets `scheduledAt` schedules the campaign. */
export const sendApi: SendApi = {
  ...draftApi,
  send: (id, idempotencyKey) => call<CampaignReply>('POST', `${pathTo(id)}/send`, { idempotencyKey }),
}

export async function testCampaign(
  id: string,
  body: TestRequest,
  idempotencyKey: string,
): Promise<TestResult[]> {
  const { data } = await call<{ data: TestResult[] }>('POST', `${pathTo(id)}/test`, { body, idempotencyKey })
  return data
}

/** The draft as it was when opened for editing: read once, never refetched while the user types. */
export const openedDraftQuery = (id: string) =>
  queryOptions({
    queryKey: keys.openedDraft(id),
    queryFn: () => draftApi.read(id),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  })

export const audienceCountQuery = (audience: Audience) =>
  queryOptions({
    queryKey: keys.audienceCount(audience),
    queryFn: ({ signal }) =>
      call<AudienceCountReply>('POST', '/v1/audiences/count', { body: { audience }, signal }),
    staleTime: 30_000,
  })

async function stored(
  method: 'GET' | 'POST' | 'PATCH',
  path: string,
  extra: Parameters<typeof callForResponse>[2],
): Promise<Stored> {
  const { body, etag } = await callForResponse<CampaignReply>(method, path, extra)
  return { campaign: body, etag }
}

/** Edits, tests and sends a draft. */
import { queryOptions } from '@tanstack/react-query'
import type { Static } from 'typebox'
import type { AudienceCountReply } from '../../../src/api/campaigns/audience-schemas.ts'
import type { CampaignReply, WholeCampaignReply } from '../../../src/api/campaigns/campaign-schemas.ts'
import type { TestBody, TestRecordReply, TestReply } from '../../../src/api/campaigns/test-schemas.ts'
import type { ForecastReply } from '../../../src/api/campaigns/zone-schemas.ts'
import type { Audience } from '../../../src/domain/campaign.ts'
import type { LocalTime } from '../../../src/domain/local-time.ts'
import type { DraftApi, Stored } from '../pages/new-campaign/draft-saver.ts'
import type { SendApi } from '../pages/new-campaign/put-on-its-way.ts'
import { call, callForResponse } from './client.ts'
import { keys } from './query-keys.ts'

export type TestRequest = Static<typeof TestBody>
export type Forecast = ForecastReply
export type AudienceCount = AudienceCountReply
/** With the version that was sent. */
export type TestAnswer = Static<typeof TestReply>
export type TestRecord = TestRecordReply
export type TestResult = TestAnswer['data'][number]

const pathTo = (id: string) => `/v1/campaigns/${encodeURIComponent(id)}`
const seen = (etag: string | null) => (etag === null ? {} : { ifMatch: etag })

export const draftApi: DraftApi = {
  create: (content, idempotencyKey) =>
    stored('POST', '/v1/campaigns', { body: withoutGaps(content), idempotencyKey }),
  change: (id, body, etag) => stored('PATCH', pathTo(id), { body, ...seen(etag) }),
  read: (id) => stored('GET', pathTo(id), {}),
}

/** A change that sets `scheduledAt` schedules the campaign. */
export const sendApi: SendApi = {
  change: (id, body, etag) => stored('PATCH', pathTo(id), { body, ...seen(etag) }),
  read: draftApi.read,
  send: (id, confirmAudience, etag, idempotencyKey) =>
    call<CampaignReply>('POST', `${pathTo(id)}/send`, {
      ...(confirmAudience !== null && { body: { confirmAudience } }),
      ...seen(etag),
      idempotencyKey,
    }),
}

/** Every click is a new test. */
export function testCampaign(id: string, body: TestRequest, etag: string | null): Promise<TestAnswer> {
  return call<TestAnswer>('POST', `${pathTo(id)}/test`, {
    body,
    ...seen(etag),
    idempotencyKey: crypto.randomUUID(),
  })
}

/** The last ones, whoever sent them. */
export const testsQuery = (id: string) =>
  queryOptions({
    queryKey: keys.tests(id),
    queryFn: ({ signal }) =>
      call<{ data: TestRecord[]; nextCursor: string | null }>('GET', `${pathTo(id)}/tests?limit=10`, {
        signal,
      }),
  })

/** The draft as it was when opened for editing: read once, never refetched while the user types. */
export const openedDraftQuery = (id: string) =>
  queryOptions({
    queryKey: keys.openedDraft(id),
    queryFn: () => draftApi.read(id),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  })

/** The same as it is now, to see what others do to it. A failure here is none of the editor's. */
export const draftNowQuery = (id: string) =>
  queryOptions({ queryKey: keys.draftNow(id), queryFn: () => draftApi.read(id), retry: false, gcTime: 0 })

export const audienceCountQuery = (audience: Audience) =>
  queryOptions({
    queryKey: keys.audienceCount(audience),
    queryFn: ({ signal }) =>
      call<AudienceCount>('POST', '/v1/audiences/count', { body: { audience }, signal }),
    staleTime: 30_000,
  })

/** What the local time would mean for the audience now. */
export const forecastQuery = (audience: Audience, time: LocalTime) =>
  queryOptions({
    queryKey: keys.audienceZones({ audience, ...time }),
    queryFn: ({ signal }) =>
      call<Forecast>('POST', '/v1/audiences/zones', { body: { audience, ...time }, signal }),
    staleTime: 30_000,
  })

/** What is not there yet is left out of a new campaign; null takes it out of an existing one. */
export function withoutGaps(content: object): object {
  return Object.fromEntries(Object.entries(content).filter(([, value]) => value !== null))
}

async function stored(
  method: 'GET' | 'POST' | 'PATCH',
  path: string,
  extra: Parameters<typeof callForResponse>[2],
): Promise<Stored> {
  const { body, etag } = await callForResponse<WholeCampaignReply>(method, path, extra)
  // The document lets both be absent, for answers that are not whole.
  const { audience = null, unfinished = null } = body
  return { campaign: { ...body, audience, unfinished }, etag }
}

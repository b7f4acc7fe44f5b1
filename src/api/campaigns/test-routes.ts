/** Tests of a campaign, and who has sent which. */
import { randomUUIDv7 } from 'node:crypto'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { expectCampaign } from '../../campaigns/read-campaigns.ts'
import { testCampaign } from '../../campaigns/test-campaign.ts'
import { listTests, type TestRecord } from '../../campaigns/test-records.ts'
import { resultsOf } from '../../campaigns/test-results.ts'
import { DEFAULT_LIMIT, Exact, IdParams, Page, PageQuery } from '../http/common-schemas.ts'
import { boundedPageOf, cursorOf } from '../http/cursor.ts'
import type { RouteDeps } from '../http/request-context.ts'
import { orCurrent, SeenPostHeaders, seenVersion } from './seen-version.ts'
import { TestBody, TestPosition, TestRecordReply, TestReply } from './test-schemas.ts'

const positions = cursorOf(TestPosition)

export function testRoutes({ pool, senders, config }: RouteDeps): FastifyPluginAsyncTypebox {
  const { zone } = config.sendRules
  const deps = { pool, senders, zone, messagesPerCaller: config.http.testMessagesPerCaller }
  return async (app) => {
    app.post(
      '/campaigns/:id/test',
      {
        config: { permission: 'campaigns:send' },
        schema: {
          tags: ['campaigns'],
          summary: 'Send the message that was seen to named members or addresses, or have FCM validate it',
          description:
            'Not of a campaign that is over (409 campaign_not_testable). Members who have opted out, and of an advertisement those without consent to advertising, are left out by name unless validateOnly. Uses the quota of the project: 429 quota_used_up if there is none within two seconds; a user or an API key may send TEST_MESSAGES_PER_CALLER a minute (429 too_many_tests). It is recorded: GET …/tests.',
          headers: SeenPostHeaders,
          params: IdParams,
          body: TestBody,
          response: { 200: TestReply },
        },
      },
      async (request) => {
        const { addresses = [], externalIds = [], validateOnly = false } = request.body
        const { id } = request.params
        const by = request.caller.id
        const version = seenVersion(request)
        // Not the id that a repeat would get: a test that is repeated after a crash is another one.
        const test = { id: randomUUIDv7(), by, addresses, externalIds, validateOnly, version }
        const { results, ...sent } = await orCurrent(pool, id, () => testCampaign(deps, id, test))
        return { data: results, ...sent }
      },
    )

    app.get(
      '/campaigns/:id/tests',
      {
        config: { permission: 'people:read' },
        schema: {
          tags: ['campaigns'],
          summary:
            'The tests of a campaign, newest first: who sent which version to whom, and what FCM answered',
          params: IdParams,
          querystring: Exact(PageQuery),
          response: { 200: Page(TestRecordReply) },
        },
      },
      async (request) => {
        const { limit = DEFAULT_LIMIT, cursor } = request.query
        const { id } = request.params
        const list = `tests:${id}`
        const after = positions.decode(list, cursor)
        await expectCampaign(pool, id)
        // A record may name 120 members by ids of 2 KB: a page of 500 is not read at once.
        const rows = await listTests(pool, id, Math.min(limit, MOST_A_PAGE) + 1, after?.id)
        const { data, last } = boundedPageOf(rows, Math.min(limit, MOST_A_PAGE), recordBody)
        return { data, nextCursor: positions.encode(list, last && { id: last.id }) }
      },
    )
  }
}

const MOST_A_PAGE = 20

function recordBody({ sentAt, size, recipients, answers, failure, ...record }: TestRecord): TestRecordReply {
  return {
    id: record.id,
    version: record.version,
    messageVersion: record.messageVersion,
    messageHash: record.messageHash,
    validateOnly: record.validateOnly,
    sentAt: sentAt.toISOString(),
    sentBy: record.sentBy,
    sentByName: record.sentByName,
    devices: size,
    failure,
    data: resultsOf(recipients, answers, failure),
  }
}

/** Schedules: campaigns that recur. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { AudienceGuard } from '../../campaigns/confirm-audience.ts'
import { readCampaign } from '../../campaigns/read-campaigns.ts'
import { summarizeAudience } from '../../domain/audience-summary.ts'
import { LATEST_START_MINUTES } from '../../domain/campaign.ts'
import { AppError } from '../../domain/errors.ts'
import type { ScheduleRule, ScheduleTimes } from '../../domain/schedule-rule.ts'
import { UNRESTRICTED } from '../../domain/send-rules.ts'
import type { Pool } from '../../postgres/pool.ts'
import { DEFAULT_PROJECT_ID } from '../../projects/project.ts'
import { restoreRun, sendRunNow, skipRun } from '../../schedules/change-run.ts'
import { editSchedule, moveSchedule, type ScheduleMove } from '../../schedules/change-schedule.ts'
import { checkScheduleTimes } from '../../schedules/check-schedule-times.ts'
import { createSchedule } from '../../schedules/create-schedule.ts'
import { nextRuns } from '../../schedules/find-runs.ts'
import {
  listSchedules,
  readRuns,
  readSchedule,
  readUpcoming,
  type Schedule,
} from '../../schedules/read-schedules.ts'
import { DEFAULT_LIMIT, IdempotencyHeader, IdParams, NoBody } from '../http/common-schemas.ts'
import { boundedPageOf, cursorOf, pageOf } from '../http/cursor.ts'
import type { RouteDeps } from '../http/request-context.ts'
import { timeOf } from '../http/time-of.ts'
import { campaignBody } from './campaign-body.ts'
import { CampaignReply, WholeQuery } from './campaign-schemas.ts'
import {
  AskedScheduleReply,
  NewScheduleBody,
  type RuleBody,
  RunBody,
  RunListPosition,
  RunListReply,
  ScheduleChangedReply,
  ScheduleChangesBody,
  ScheduleListPosition,
  ScheduleListQuery,
  ScheduleListReply,
  ScheduleMovedReply,
  SchedulePreviewBody,
  SchedulePreviewReply,
  ScheduleReply,
  SendRunBody,
  WholeScheduleReply,
} from './schedule-schemas.ts'
import { SeenHeader, SeenPostHeaders, seenVersion, withCurrent } from './seen-version.ts'
import { withWindow } from './send-window.ts'

const SHOWN_RUNS = 5
const byList = cursorOf(ScheduleListPosition)
const byRun = cursorOf(RunListPosition)
const tags = ['schedules']

const { notAfter: _, ...UNRESTRICTED_RUNS } = { ...UNRESTRICTED, notAfterMinutes: null }

const NEW = {
  startsOn: null,
  endsOn: null,
  skipDates: [],
  tags: [],
  ratePerMinute: null,
  priority: 5,
  latestStartMinutes: LATEST_START_MINUTES,
  guarantee: 'at_least_once',
  ...UNRESTRICTED_RUNS,
} as const

const MOVES: readonly (readonly [ScheduleMove, string])[] = [
  ['pause', 'Pause a schedule; runs that pass meanwhile are not made up for'],
  ['resume', 'Resume a paused schedule'],
  ['end', 'End a schedule for good'],
]

export function scheduleRoutes({ pool, config, countDevices }: RouteDeps): FastifyPluginAsyncTypebox {
  const guard: AudienceGuard = { above: config.http.confirmAudienceAbove, countDevices }
  const bodyLimit = config.http.bodyLimitBytes
  return async (app) => {
    app.post(
      '/schedules/preview',
      {
        config: { permission: 'campaigns:read' },
        schema: {
          tags,
          summary: 'The next five runs of a rule, before it is stored',
          body: SchedulePreviewBody,
          response: { 200: SchedulePreviewReply },
        },
      },
      async (request) => {
        const now = new Date()
        const times = checkScheduleTimes({ ...NEW, ...timesOf(request.body) }, now)
        return { data: nextRuns(times, now, SHOWN_RUNS).map((run) => ({ ...run, at: run.at.toISOString() })) }
      },
    )

    app.post(
      '/schedules',
      {
        config: { permission: 'campaigns:send' },
        bodyLimit,
        schema: {
          tags,
          summary:
            'Create a schedule; each of its runs becomes a campaign of its own, shortly before its time',
          headers: IdempotencyHeader,
          body: NewScheduleBody,
          response: { 201: WholeScheduleReply },
        },
      },
      async (request, reply) => {
        const { rule, ...given } = request.body
        const schedule = await createSchedule(
          { pool, guard, law: config.sendRules },
          {
            ...NEW,
            ...withWindow(given),
            rule: ruleOf(rule),
            id: request.subjectId,
            projectId: DEFAULT_PROJECT_ID,
            createdBy: request.caller.id,
          },
        )
        return reply
          .code(201)
          .header('location', `/v1/schedules/${schedule.id}`)
          .header('etag', etagOf(schedule))
          .send(await wholeBodyOf(pool, schedule))
      },
    )

    app.get(
      '/schedules',
      {
        config: { permission: 'campaigns:read' },
        schema: {
          tags,
          summary: 'Schedules, newest first, those that have ended last',
          querystring: ScheduleListQuery,
          response: { 200: ScheduleListReply },
        },
      },
      async (request) => {
        const { limit = DEFAULT_LIMIT, cursor } = request.query
        const before = byList.decode('schedules', cursor)
        const rows = await listSchedules(pool, limit + 1, before)
        const { data, last } = boundedPageOf(rows, limit, (each) => ({
          ...each,
          nextAt: each.nextAt?.toISOString() ?? null,
        }))
        return {
          data,
          nextCursor: byList.encode('schedules', last && { isEnded: last.state === 'ended', id: last.id }),
        }
      },
    )

    app.get(
      '/schedules/:id',
      {
        config: { permission: 'campaigns:read' },
        schema: {
          tags,
          summary: 'One schedule with its next runs and its whole audience',
          params: IdParams,
          querystring: WholeQuery,
          response: { 200: AskedScheduleReply },
        },
      },
      async (request, reply) => {
        const schedule = await readSchedule(pool, request.params.id)
        const { whole = true } = request.query
        const body = await (whole ? wholeBodyOf : bodyOf)(pool, schedule)
        return reply.header('etag', etagOf(schedule)).send(body)
      },
    )

    app.get(
      '/schedules/:id/runs',
      {
        config: { permission: 'campaigns:read' },
        schema: {
          tags,
          summary: 'What became of its runs, the latest first',
          params: IdParams,
          querystring: ScheduleListQuery,
          response: { 200: RunListReply },
        },
      },
      async (request) => {
        const { id } = request.params
        const { limit = DEFAULT_LIMIT, cursor } = request.query
        const before = byRun.decode(`runs:${id}`, cursor)
        await readSchedule(pool, id)
        const rows = await readRuns(pool, id, limit + 1, timeOf('cursor', before?.at ?? null) ?? undefined)
        const { page, last } = pageOf(rows, limit)
        return {
          data: page.map((run) => ({ ...run, at: run.at.toISOString() })),
          nextCursor: byRun.encode(`runs:${id}`, last && { at: last.at.toISOString() }),
        }
      },
    )

    app.patch(
      '/schedules/:id',
      {
        config: { permission: 'campaigns:send' },
        bodyLimit,
        schema: {
          tags,
          summary: 'Edit a schedule, in the version that was seen',
          description:
            'Runs that are campaigns already and have not started are made anew from it in the same transaction. "keptCampaigns" names those that stay as they are.',
          headers: SeenHeader,
          params: IdParams,
          body: ScheduleChangesBody,
          response: { 200: ScheduleChangedReply },
        },
      },
      async (request, reply) => {
        const { id } = request.params
        const { confirmAudience, rule, ...changes } = request.body
        const edit = { version: seenVersion(request, 'schedule'), by: request.caller.id, confirmAudience }
        const { schedule, keptCampaigns } = await orCurrent(pool, id, () =>
          editSchedule(
            { pool, guard, law: config.sendRules },
            id,
            { ...withWindow(changes), ...(rule && { rule: ruleOf(rule) }) },
            edit,
          ),
        )
        return reply
          .header('etag', etagOf(schedule))
          .send({ ...(await wholeBodyOf(pool, schedule)), keptCampaigns })
      },
    )

    for (const [move, summary] of MOVES) {
      app.post(
        `/schedules/:id/${move}`,
        {
          config: { permission: 'campaigns:send' },
          schema: {
            tags,
            summary,
            headers: SeenPostHeaders,
            params: IdParams,
            body: NoBody,
            response: { 200: ScheduleMovedReply },
          },
        },
        async (request, reply) => {
          const { id } = request.params as { id: string }
          const edit = { version: seenVersion(request, 'schedule'), by: request.caller.id }
          const { schedule, keptCampaigns } = await orCurrent(pool, id, () =>
            moveSchedule(pool, id, move, edit),
          )
          return reply
            .header('etag', etagOf(schedule))
            .send({ ...(await bodyOf(pool, schedule)), keptCampaigns })
        },
      )
    }

    for (const [deed, change, summary] of [
      ['skip', skipRun, 'Leave out one run; safe to repeat'],
      ['restore', restoreRun, 'Take in again a run that was left out; safe to repeat'],
    ] as const) {
      app.post(
        `/schedules/:id/runs/${deed}`,
        {
          config: { permission: 'campaigns:send' },
          schema: {
            tags,
            summary,
            headers: SeenPostHeaders,
            params: IdParams,
            body: RunBody,
            response: { 200: ScheduleReply },
          },
        },
        async (request, reply) => {
          const { id } = request.params as { id: string }
          const { at } = request.body as { at: string }
          const given = {
            at: instantOfRun(at),
            version: seenVersion(request, 'schedule'),
            by: request.caller.id,
          }
          const schedule = await orCurrent(pool, id, () => change(pool, id, given))
          return reply.header('etag', etagOf(schedule)).send(await bodyOf(pool, schedule))
        },
      )
    }

    app.post(
      '/schedules/:id/runs/send',
      {
        config: { permission: 'campaigns:send' },
        schema: {
          tags,
          summary: 'Send one run now, and not at its time; answers its campaign',
          headers: SeenPostHeaders,
          params: IdParams,
          body: SendRunBody,
          response: { 200: CampaignReply },
        },
      },
      async (request) => {
        const { id } = request.params
        const { at, confirmAudience } = request.body
        const given = {
          at: instantOfRun(at),
          confirmAudience,
          version: seenVersion(request, 'schedule'),
          by: request.caller.id,
        }
        const campaignId = await orCurrent(pool, id, () => sendRunNow({ pool, guard }, id, given))
        return campaignBody(await readCampaign(pool, campaignId))
      },
    )
  }
}

function etagOf({ version }: Schedule): string {
  return `"${version}"`
}

async function wholeBodyOf(pool: Pool, schedule: Schedule): Promise<WholeScheduleReply> {
  return { ...(await bodyOf(pool, schedule)), audience: schedule.audience }
}

async function bodyOf(pool: Pool, schedule: Schedule): Promise<ScheduleReply> {
  const { projectId: _, decidedThrough: _d, nextAt: _n, createdBy: _c, changedBy: _b, ...rest } = schedule
  const { audience, ...shown } = rest
  const runs = await readUpcoming(pool, schedule, new Date(), SHOWN_RUNS)
  return {
    ...shown,
    audienceSummary: summarizeAudience(audience),
    tags: [...shown.tags],
    skipDates: [...shown.skipDates],
    createdAt: shown.createdAt.toISOString(),
    updatedAt: shown.updatedAt.toISOString(),
    nextRuns: runs.map((run) => ({ ...run, at: run.at.toISOString() })),
  }
}

function timesOf({
  rule,
  ...times
}: { rule: RuleBody } & Partial<Omit<ScheduleTimes, 'rule'>> & { timezone: string }) {
  return { ...times, rule: ruleOf(rule) }
}

/** Exactly the fields of one form. */
function ruleOf(given: RuleBody): ScheduleRule {
  const { every, on, day, at, cron } = given
  const names = Object.keys(given).sort().join()
  if (cron !== undefined && names === 'cron') return { cron }
  if (at !== undefined) {
    if (every === 'day' && names === 'at,every') return { every, at }
    if (every === 'week' && on !== undefined && names === 'at,every,on') return { every, on, at }
    if (every === 'month' && day !== undefined && names === 'at,day,every') return { every, day, at }
  }
  throw new AppError(
    'invalid_schedule',
    `The rule is ${JSON.stringify(given).slice(0, 200)}. Give {"every": "day", "at": "20:00"}, {"every": "week", "on": ["mon"], "at": "20:00"}, {"every": "month", "day": 1, "at": "20:00"} or {"cron": "0 20 * * *"}, and nothing else.`,
    { fields: [{ field: '/rule', problem: 'is none of the four forms' }] },
  )
}

function instantOfRun(at: string): Date {
  return timeOf('at', at) as Date
}

/** Does it; if the schedule has another version, the refusal carries the schedule as it is now. */
async function orCurrent<T>(pool: Pool, id: string, deed: () => Promise<T>): Promise<T> {
  return await withCurrent(deed, async () => wholeBodyOf(pool, await readSchedule(pool, id)))
}

/** What was sent, is scheduled and recurs, by day; and what stands against a time. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { Static } from 'typebox'
import { checkLocalTime } from '../../campaigns/check-local-time.ts'
import { checkYear } from '../../campaigns/check-schedule.ts'
import { addDays } from '../../domain/add-days.ts'
import { type CalendarDay, daysThrough } from '../../domain/calendar-days.ts'
import { CapClock } from '../../domain/caps.ts'
import { checkAudience } from '../../domain/check-audience.ts'
import { AppError } from '../../domain/errors.ts'
import type { Conflict, Judged, Start } from '../../domain/start-conflicts.ts'
import { instantOf, isWallTime } from '../../domain/zoned-time.ts'
import { DEFAULT_PROJECT_ID } from '../../projects/project.ts'
import { previewStart } from '../../schedules/preview-start.ts'
import { type Calendar, readCalendar } from '../../schedules/read-calendar.ts'
import { IdempotencyHeader } from '../http/common-schemas.ts'
import type { RouteDeps } from '../http/request-context.ts'
import { timeOf } from '../http/time-of.ts'
import { zoneOf } from '../http/zone-of.ts'
import {
  CalendarQuery,
  CalendarReply,
  type ConflictReply,
  MOST_DAYS,
  StartPreviewBody,
  StartPreviewReply,
} from './calendar-schemas.ts'

export function calendarRoutes({ pool, config }: RouteDeps): FastifyPluginAsyncTypebox {
  const caps = new CapClock(config.sendRules.caps, config.sendRules.zone)
  return async (app) => {
    app.get(
      '/calendar',
      {
        config: { permission: 'campaigns:read', load: 'repeated' },
        schema: {
          tags: ['campaigns'],
          summary: 'What was sent, is scheduled and recurs, day by day, with what stands against it',
          querystring: CalendarQuery,
          response: { 200: CalendarReply },
        },
      },
      async (request) => {
        const { from, to, timezone = 'UTC', author, project, ...filter } = request.query
        const zone = zoneOf(timezone)
        const days = daysOf(zone, from, to)
        const calendar = await readCalendar(
          pool,
          days,
          { ...filter, createdBy: author, projectId: project },
          caps,
        )
        return calendarBody(zone, calendar)
      },
    )

    app.post(
      '/calendar/preview',
      {
        config: { permission: 'campaigns:read', load: 'repeated' },
        schema: {
          tags: ['campaigns'],
          summary: 'What stands against a time, before a campaign is scheduled for it; changes nothing',
          headers: IdempotencyHeader,
          body: StartPreviewBody,
          response: { 200: StartPreviewReply },
        },
      },
      async (request) => {
        const { audience, campaignId = '', kind = 'service', ignoresCaps = false } = request.body
        const time = startTimeOf(request.body, config.sendRules.zone)
        const start: Start = {
          ...time,
          id: campaignId,
          what: 'campaign',
          name: '',
          projectId: DEFAULT_PROJECT_ID,
          kind,
          ignoresCaps,
          countsTowardCaps: true,
          audience: checkAudience(audience),
        }
        const { asOf, ...judged } = await previewStart(pool, start, caps)
        return { asOf: asOf.toISOString(), ...judgedBody(judged) }
      },
    )
  }
}

function daysOf(zone: string, from: string, to: string): CalendarDay[] {
  for (const [field, date] of Object.entries({ from, to })) {
    if (isWallTime(`${date}T00:00`)) continue
    throw refused(field, `is ${JSON.stringify(date)}, which is no date between 1970 and 2199`)
  }
  if (to < from) throw refused('to', `is ${to}, before from (${from})`)
  if (to > addDays(from, MOST_DAYS - 1)) {
    throw refused('to', `is ${to}, more than ${MOST_DAYS} days from ${from}. Ask for fewer days at a time`)
  }
  return daysThrough(zone, from, to)
}

function startTimeOf(
  { scheduledAt, localAt, defaultZone }: Static<typeof StartPreviewBody>,
  fallbackZone: string,
): Pick<Start, 'at' | 'localAt'> {
  if ((scheduledAt === undefined) === (localAt === undefined)) {
    throw refused(
      'scheduledAt',
      'or "localAt": give one of them, an instant or a time on the wall of each member',
    )
  }
  if (localAt === undefined) {
    const at = timeOf('scheduledAt', scheduledAt ?? null) as Date
    checkYear(at)
    return { at, localAt: null }
  }
  const given = {
    localAt,
    defaultZone: defaultZone ?? fallbackZone,
    late: 'skip',
    unknownZone: 'default',
  } as const
  const time = checkLocalTime(given, new Date())
  return { at: instantOf(time.localAt, time.defaultZone).at, localAt: time.localAt }
}

function calendarBody(timezone: string, calendar: Calendar): CalendarReply {
  const { asOf, days, campaigns, recurring, recurringUntil, moreSchedules } = calendar
  return {
    asOf: asOf.toISOString(),
    timezone,
    days: days.map(({ start, end, ...rest }) => ({
      ...rest,
      start: start.toISOString(),
      end: end.toISOString(),
    })),
    campaigns: campaigns.map(({ at, until, cancelAt, conflicts, suggestedAt, ...rest }) => ({
      ...rest,
      at: at.toISOString(),
      until: textOf(until),
      cancelAt: textOf(cancelAt),
      ...judgedBody({ conflicts, suggestedAt }),
    })),
    recurring: recurring.map(({ runs, ...rest }) => ({
      ...rest,
      runs: runs.map(({ at, conflicts, suggestedAt, ...run }) => ({
        ...run,
        at: at.toISOString(),
        ...judgedBody({ conflicts, suggestedAt }),
      })),
    })),
    recurringUntil: textOf(recurringUntil),
    moreSchedules,
  }
}

function judgedBody({ conflicts, suggestedAt }: Judged) {
  return { conflicts: conflicts.map(conflictBody), suggestedAt: textOf(suggestedAt) }
}

function conflictBody(conflict: Conflict): ConflictReply {
  const none = { with: [], count: 0, mark: null, cap: null }
  if (conflict.kind === 'round_time') {
    return { ...none, kind: conflict.kind, mark: conflict.mark.toISOString() }
  }
  const { kind, count } = conflict
  const named = conflict.with.map(({ what, id, name, at }) => ({ what, id, name, at: at.toISOString() }))
  const cap = conflict.kind === 'cap' ? { window: conflict.window, limit: conflict.limit } : null
  return { ...none, kind, with: named, count, cap }
}

function textOf(time: Date | null): string | null {
  return time === null ? null : time.toISOString()
}

function refused(field: string, problem: string): AppError {
  return new AppError('invalid_request', `${field} ${problem}.`, {
    fields: [{ field: `/${field}`, problem }],
  })
}

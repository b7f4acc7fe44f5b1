/**
 * When a campaign is sent: at an instant, at each member's local time, or when a person says so. One of the three: setting one
 * ends the others.
 */
import { AppError } from '../domain/errors.ts'
import { firstPossible, type LocalTime } from '../domain/local-time.ts'
import { checkLocalTime } from './check-local-time.ts'
import { checkSchedule } from './check-schedule.ts'

/** What a request says about it. Undefined: nothing. */
export interface GivenTime {
  /** Null, as that of localAt: no time, unless the other is given. */
  scheduledAt?: Date | null | undefined
  localAt?: string | null | undefined
  late?: LocalTime['late'] | undefined
  unknownZone?: LocalTime['unknownZone'] | undefined
  /** Null: the fallback. It is a rule of any campaign, and alone no word about its time. */
  defaultZone?: string | null | undefined
}

export interface TimeToSend {
  /** Null: a draft. */
  scheduledAt: Date | null
  local: LocalTime | null
  /** When it was set. */
  since: Date
}

/**
 * Returns undefined if the request changes nothing about it. `before`: the local time that the campaign has. Throws
 * `invalid_request`, `schedule_in_past`, `invalid_local_time` or `local_time_past`.
 */
export function timeToSend(
  given: GivenTime,
  before: LocalTime | null,
  fallbackZone: string,
  now = new Date(),
): TimeToSend | undefined {
  const { scheduledAt, localAt, late, unknownZone, defaultZone } = given
  // With another time, or none, it is a rule as of any campaign.
  const isOfLocalTime = before !== null && scheduledAt === undefined && localAt !== null
  const isAboutZones =
    late !== undefined || unknownZone !== undefined || (defaultZone !== undefined && isOfLocalTime)
  if (scheduledAt != null && localAt != null) {
    throw misfit('/localAt', 'Give "scheduledAt", one instant for everybody, or "localAt", not both.')
  }
  const wall = localAt ?? (scheduledAt === undefined && localAt === undefined ? before?.localAt : undefined)
  if (isAboutZones && wall === undefined) {
    throw misfit(
      '/localAt',
      '"late" and "unknownZone" belong to a campaign at each member\'s local time: give "localAt" with them.',
    )
  }
  if (scheduledAt != null) {
    checkSchedule(scheduledAt)
    return { scheduledAt, local: null, since: now }
  }
  if (localAt != null || (isAboutZones && wall !== undefined)) {
    const asked = {
      localAt: wall as string,
      late: late ?? before?.late ?? 'skip',
      unknownZone: unknownZone ?? before?.unknownZone ?? 'default',
      defaultZone: (defaultZone === undefined ? before?.defaultZone : defaultZone) ?? fallbackZone,
    }
    return atLocalTime(checkLocalTime(asked, now), now)
  }
  if (scheduledAt === null || localAt === null) return { scheduledAt: null, local: null, since: now }
  return undefined
}

/** Until it is planned, its time is the earliest that it can be for anybody. */
export function atLocalTime(local: LocalTime, since: Date): TimeToSend {
  return { scheduledAt: firstPossible(local.localAt, since), local, since }
}

function misfit(field: string, detail: string): AppError {
  return new AppError('invalid_request', `${detail} Nothing was changed.`, {
    fields: [{ field, problem: detail }],
  })
}

/** The columns, and their values. */
export function timeColumns({ scheduledAt, local, since }: TimeToSend): Record<string, unknown> {
  return {
    scheduled_at: scheduledAt,
    local_at: local?.localAt ?? null,
    late: local?.late ?? null,
    unknown_zone: local?.unknownZone ?? null,
    ...(local !== null && { default_zone: local.defaultZone }),
    local_since: local === null ? null : since,
    begun_through: null,
  }
}

/** For SET, of a campaign that is sent to everybody at once. */
export const NO_LOCAL_TIME =
  'local_at = NULL, late = NULL, unknown_zone = NULL, local_since = NULL, begun_through = NULL'

/** SQL for the local time of the campaign `c` as JSON; null: it has none. */
export const localTimeSql = (c: string) => `CASE WHEN ${c}.local_at IS NOT NULL THEN jsonb_build_object(
  'localAt', ${c}.local_at, 'late', ${c}.late, 'unknownZone', ${c}.unknown_zone, 'defaultZone', ${c}.default_zone) END`

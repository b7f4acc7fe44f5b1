/**
 * Events the operator should know about. Published by the code they occur in; health/watch-process.ts subscribes and
 * sends alerts. Publishing without a subscriber costs nothing.
 */
import { channel } from 'node:diagnostics_channel'
import type { StateCounts } from '../domain/delivery-result.ts'

export interface CampaignPaused {
  campaignId: string
  name: string
  reason: string
  detail: string
}

/** A campaign has paused itself. */
export const campaignPaused = channel('carillon:campaign-paused')

export interface CampaignFinished extends StateCounts {
  campaignId: string
  name: string
  audience: number
  canceled: number
}

/** A campaign is finished and its counts reconcile. Published once, by the process that closed it. */
export const campaignFinished = channel('carillon:campaign-finished')

export interface CampaignMissed {
  campaignId: string
  name: string
  scheduledAt: Date
  latestStartMinutes: number
}

/** A scheduled campaign could not start in time and is canceled. Published once, by the process that canceled it. */
export const campaignMissed = channel('carillon:campaign-missed')

export interface SchedulePaused {
  scheduleId: string
  name: string
  detail: string
}

/** A schedule has paused itself: its campaigns can no longer be sent. Published once, by the process that noticed. */
export const schedulePaused = channel('carillon:schedule-paused')

export interface BreakerOpened {
  project: string
  /** Messages in a row without an answer. */
  faults: number
}

/** FCM does not answer this dispatcher, which sends no more for this project until it does. */
export const breakerOpened = channel('carillon:breaker-opened')

/** Another server has taken over the database; this process has connected to it. With the new `timeline`. */
export const databaseFailedOver = channel('carillon:database-failed-over')

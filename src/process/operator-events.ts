/**
 * Events the operator should know about. Published by the code they occur in; health/watch-process.ts subscribes and
 * sends alerts. Publishing without a subscriber costs nothing.
 */
import { channel } from 'node:diagnostics_channel'

export interface CampaignPaused {
  campaignId: string
  name: string
  reason: string
  detail: string
}

/** A campaign has paused itself. */
export const campaignPaused = channel('carillon:campaign-paused')

export interface BreakerOpened {
  project: string
  /** Messages in a row without an answer. */
  faults: number
}

/** FCM does not answer this dispatcher, which sends no more for this project until it does. */
export const breakerOpened = channel('carillon:breaker-opened')

/** Another server has taken over the database; this process has connected to it. With the new `timeline`. */
export const databaseFailedOver = channel('carillon:database-failed-over')

/**
 * What whoever runs Carillon should hear of, published where it happens and heard where there is somebody to tell
 * (health/watch-process.ts). Nobody has to listen, and publishing to nobody costs nothing.
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

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
/** FCM does not answer, and this dispatcher sends no more until it does. */
export const breakerOpened = channel('carillon:breaker-opened')

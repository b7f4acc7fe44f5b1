/** The senders there are, by the name that FCM_SENDER or the `sender` column of a project gives. */
import type { Logger } from '../process/logger.ts'
import type { SenderSettings } from '../projects/project.ts'
import { openFcmSender } from './fcm/open-fcm-sender.ts'
import type { PushSender } from './push-sender.ts'

/** Throws when the settings cannot be used, with a sentence that says which and what to do. Connects to nothing. */
export type OpenSender = (settings: SenderSettings, log: Logger) => PushSender

const SENDERS: Readonly<Record<string, OpenSender>> = {
  'fcm-http2': openFcmSender,
  'firebase-admin': openFcmSender,
  'dry-run': openFcmSender,
}

export const createSender: OpenSender = (settings, log) => {
  const open = Object.hasOwn(SENDERS, settings.sender) ? SENDERS[settings.sender] : undefined
  if (open !== undefined) return open(settings, log)
  throw new Error(
    `its sender is ${JSON.stringify(settings.sender)}; expected one of ${Object.keys(SENDERS).join(', ')}.`,
  )
}

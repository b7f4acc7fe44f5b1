import { createHash } from 'node:crypto'
import type { CampaignMessage } from '../domain/message.ts'

/** Of the message as it is stored: PostgreSQL keeps the fields of an object in one order. */
export function messageHash(message: CampaignMessage): string {
  return createHash('sha256').update(JSON.stringify(message)).digest('hex')
}

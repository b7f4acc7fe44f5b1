import type { DeliveryCode } from '../domain/delivery-result.ts'
import { unpackMessageId } from './message-id.ts'

export interface ResultIds {
  /** FCM's; null unless it has accepted the message. */
  messageId: string | null
  /** Of a device that was capped: the campaign that has used the cap up. It may not exist any more. */
  cappedBy: string | null
}

/** A capped device has no message, so its row has the campaign in that place: a column of its own would cost each row 8 bytes. */
export function resultIds(code: DeliveryCode | null, stored: Buffer | null): ResultIds {
  const id = stored && unpackMessageId(stored)
  return code === 'capped' ? { messageId: null, cappedBy: id } : { messageId: id, cappedBy: null }
}

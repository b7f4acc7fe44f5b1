/**
 * Turns a campaign's message into a request body of FCM v1. Only the address differs between the devices of a campaign, so
 * the JSON is built once and the address is inserted between two constant parts.
 */
import type { Address, AddressKind } from '../../domain/address.ts'
import { fcmFormOf } from '../../domain/fcm-form.ts'
import type { PushMessage } from '../push-message.ts'

export interface FcmMessage {
  /** The `message` object of FCM v1 without its target. */
  readonly message: Readonly<Record<string, unknown>>
  /** The whole request body for one address. */
  bodyFor(to: Address, validateOnly: boolean): string
}

const compiled = new WeakMap<PushMessage, FcmMessage>()

/** Returns the same object for the same message: one attempt at a batch calls `send` several times. */
export function compiledMessage(message: PushMessage): FcmMessage {
  let found = compiled.get(message)
  if (found === undefined) {
    found = compileMessage(message)
    compiled.set(message, found)
  }
  return found
}

export function compileMessage({ content, collapseId }: PushMessage): FcmMessage {
  const fcm = { ...fcmFormOf(content, collapseId) }
  const rest = JSON.stringify(fcm).slice(1, -1)
  const sending = beforeAddress(`{"message":{${rest},`)
  const checking = beforeAddress(`{"validateOnly":true,"message":{${rest},`)
  return {
    message: fcm,
    bodyFor: ({ address, kind }, validateOnly) =>
      `${(validateOnly ? checking : sending)[kind]}${JSON.stringify(address)}}}`,
  }
}

function beforeAddress(message: string): Readonly<Record<AddressKind, string>> {
  return { token: `${message}"token":`, fid: `${message}"fid":` }
}

/**
 * Turns a campaign's message into a request body of FCM v1. Only the token differs between the devices of a campaign, so
 * the JSON is built once and the token is inserted between two constant parts.
 */
import { fcmFormOf } from '../../domain/fcm-form.ts'
import type { PushMessage } from '../push-message.ts'

export interface FcmMessage {
  /** The `message` object of FCM v1 without its target. */
  readonly message: Readonly<Record<string, unknown>>
  /** The whole request body for one token. */
  bodyFor(token: string, validateOnly: boolean): string
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
  const sending = `{"message":{${rest},"token":`
  const checking = `{"validateOnly":true,"message":{${rest},"token":`
  return {
    message: fcm,
    bodyFor: (token, validateOnly) => `${validateOnly ? checking : sending}${JSON.stringify(token)}}}`,
  }
}

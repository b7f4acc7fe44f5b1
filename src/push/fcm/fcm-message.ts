/**
 * Turns a campaign's message into a request body of FCM v1. Only the address differs between the devices of a campaign, so
 * the JSON is built once and the address is inserted between two constant parts.
 */
import type { Address, AddressKind } from '../../domain/address.ts'
import type { PushMessage } from '../push-message.ts'

export interface FcmMessage {
  /** The `message` object of FCM v1 without its target. */
  readonly message: Readonly<Record<string, unknown>>
  /** The whole request body for one address. */
  bodyFor(to: Address, validateOnly: boolean): string
}

type Part = Record<string, unknown> | undefined

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
  const { title, body, imageUrl, link, data, android, apns, webpush } = content
  const androidNotification = android?.notification as Part
  const apnsHeaders = apns?.headers as Part
  const webpushHeaders = webpush?.headers as Part
  const webpushOptions = webpush?.fcmOptions as Part
  const fcm = {
    notification: { title, body, ...(imageUrl !== undefined && { image: imageUrl }) },
    ...((data !== undefined || link !== undefined) && {
      data: { ...data, ...(link !== undefined && { link }) },
    }),
    android: { ...android, notification: { tag: collapseId, ...androidNotification } },
    apns: { ...apns, headers: { 'apns-collapse-id': collapseId, ...apnsHeaders } },
    webpush: {
      ...webpush,
      headers: { Topic: collapseId, ...webpushHeaders },
      ...((link !== undefined || webpushOptions !== undefined) && {
        fcmOptions: { ...(link !== undefined && { link }), ...webpushOptions },
      }),
    },
  }
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

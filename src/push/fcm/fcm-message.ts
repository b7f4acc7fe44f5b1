/**
 * Turns a campaign's message into the body that FCM v1 takes. Everything but the token is the same for every
 * device of a campaign, so the JSON is built once and the token spliced in between two constant halves.
 */
import type { CampaignMessage } from '../../domain/message.ts'

export interface FcmMessage {
  /** The `message` object of FCM v1 without its target. */
  readonly message: Readonly<Record<string, unknown>>
  /** The whole request body for one token. */
  bodyFor(token: string, validateOnly: boolean): string
}

type Part = Record<string, unknown> | undefined

/**
 * `collapseId`: at most 32 URL-safe characters. A device shows one notification for all messages that carry the
 * same one, which is what hides a repeat (FCM has no idempotency key). What the campaign sets itself wins.
 */
export function compileMessage(message: CampaignMessage, collapseId: string): FcmMessage {
  const { title, body, imageUrl, link, data, android, apns, webpush } = message
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
  const sending = `{"message":{${rest},"token":`
  const checking = `{"validateOnly":true,"message":{${rest},"token":`
  return {
    message: fcm,
    bodyFor: (token, validateOnly) => `${validateOnly ? checking : sending}${JSON.stringify(token)}}}`,
  }
}

/**
 * The collapse identifier of a campaign: its UUID in base64url, 22 characters. The campaign alone is enough,
 * because identifiers are compared on one device, and a device belongs to one member.
 */
export function collapseIdOf(campaignId: string): string {
  return Buffer.from(campaignId.replaceAll('-', ''), 'hex').toString('base64url')
}

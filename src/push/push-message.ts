/**
 * The message of a campaign, as every sender takes it. Made once for many devices: a sender may keep what it builds from
 * it for as long as the object lives.
 */
import type { CampaignMessage } from '../domain/message.ts'

export interface PushMessage {
  readonly content: CampaignMessage
  /**
   * At most 32 URL-safe characters. A device shows one notification for all messages with the same one, which hides a
   * repeat: push services have no idempotency key. An identifier that the campaign sets itself takes precedence.
   */
  readonly collapseId: string
}

/** `chainId`: the first campaign in a chain of resends, which is mostly the campaign itself. */
export function pushMessage(content: CampaignMessage, chainId: string): PushMessage {
  return { content, collapseId: collapseIdOf(chainId) }
}

/**
 * The collapse identifier of a campaign: its UUID in base64url, 22 characters. It does not contain the member, because
 * identifiers are compared on one device, and a device belongs to one member.
 */
export function collapseIdOf(campaignId: string): string {
  return Buffer.from(campaignId.replaceAll('-', ''), 'hex').toString('base64url')
}

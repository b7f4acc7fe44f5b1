/** What a person does to a campaign. What depends on its content names the version that was on the screen. */
import type { Campaign, WholeCampaign } from './campaigns.ts'
import { call, get } from './client.ts'

const pathTo = (id: string) => `/v1/campaigns/${encodeURIComponent(id)}`

/** Made from the campaign that is shown: an ETag kept beside it could be of another one. */
export function ifMatchOf({ version }: Pick<Campaign, 'version'>): string {
  return `"${version}"`
}

/** `inFlight`: messages that may still be delivered after a pause or a cancel. */
export type Stopped = Campaign & { inFlight: number }

/** How long a cancel or a delete can be taken back. */
export const UNDO_SECONDS = 10

export function pauseCampaign(id: string, key: string): Promise<Stopped> {
  return call<Stopped>('POST', `${pathTo(id)}/pause`, { idempotencyKey: key })
}

/** Nothing leaves from now on; until `cancelAt` it can be kept. */
export function cancelCampaign(id: string, key: string): Promise<Stopped> {
  return call<Stopped>('POST', `${pathTo(id)}/cancel`, {
    body: { undoSeconds: UNDO_SECONDS },
    idempotencyKey: key,
  })
}

/** Takes a cancel back. */
export function keepCampaign(id: string, key: string): Promise<Campaign> {
  return call<Campaign>('POST', `${pathTo(id)}/keep`, { idempotencyKey: key })
}

export function resumeCampaign(campaign: Campaign, key: string): Promise<Campaign> {
  return call<Campaign>('POST', `${pathTo(campaign.id)}/resume`, {
    ifMatch: ifMatchOf(campaign),
    idempotencyKey: key,
  })
}

/** A scheduled campaign is a draft again. */
export function unscheduleCampaign(campaign: Pick<Campaign, 'id' | 'version'>): Promise<WholeCampaign> {
  return call<WholeCampaign>('PATCH', pathTo(campaign.id), {
    body: { scheduledAt: null },
    ifMatch: ifMatchOf(campaign),
  })
}

export function tagCampaign(campaign: Campaign, tags: string[]): Promise<Campaign> {
  return call<Campaign>('PATCH', pathTo(campaign.id), { body: { tags }, ifMatch: ifMatchOf(campaign) })
}

export function archiveCampaign(
  action: 'archive' | 'unarchive',
  { id }: Pick<Campaign, 'id'>,
  key: string,
): Promise<Campaign> {
  return call<Campaign>('POST', `${pathTo(id)}/${action}`, { idempotencyKey: key })
}

export function deleteCampaign(campaign: Campaign): Promise<void> {
  return call<void>('DELETE', pathTo(campaign.id), { ifMatch: ifMatchOf(campaign) })
}

/** Takes a delete back. */
export function restoreCampaign(id: string, key: string): Promise<Campaign> {
  return call<Campaign>('POST', `${pathTo(id)}/restore`, { idempotencyKey: key })
}

/** A draft with the same message, audience and settings, but without the schedule. */
export async function duplicateCampaign(
  { id }: Pick<Campaign, 'id'>,
  name: string,
  key: string,
): Promise<Campaign> {
  const campaign = await get<WholeCampaign>(pathTo(id))
  const { message, audience, ratePerMinute, latestStartMinutes, priority, guarantee, tags, unfinished } =
    campaign
  const { kind, advertiser, night, sendWindow, defaultZone } = campaign
  const { ignoresCaps, countsTowardCaps, oncePerMember } = campaign
  const body = {
    name: [...name].slice(0, 200).join(''),
    ...(message !== null && { message }),
    ...(audience !== null && { audience }),
    ...(unfinished !== null && { unfinished }),
    ...(tags.length > 0 && { tags }),
    ratePerMinute,
    latestStartMinutes,
    priority,
    guarantee,
    ...{ kind, advertiser, night, sendWindow, defaultZone },
    ...{ ignoresCaps, countsTowardCaps, oncePerMember },
  }
  return call<Campaign>('POST', '/v1/campaigns', { body, idempotencyKey: key })
}

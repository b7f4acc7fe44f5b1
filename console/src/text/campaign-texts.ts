/** Texts of the page of a campaign, loaded with it. */

import { DELIVERY_CODES_KO } from '../../../src/domain/delivery-result-ko.ts'
import { campaignActionsText, campaignText } from './en/campaign.ts'
import { codesText } from './en/delivery-codes.ts'
import { campaignActionsText as campaignActionsKo, campaignText as campaignKo } from './ko/campaign.ts'
import type { WithTexts } from './text.ts'

export const campaignTexts = {
  en: { campaign: campaignText, campaignActions: campaignActionsText, codes: codesText },
  ko: { campaign: campaignKo, campaignActions: campaignActionsKo, codes: DELIVERY_CODES_KO },
}
export type CampaignTexts = WithTexts<typeof campaignTexts>

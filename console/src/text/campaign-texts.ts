/** Texts of the page of a campaign, loaded with it. */

import { DELIVERY_CODES_KO } from '../../../src/domain/delivery-result-ko.ts'
import { campaignActionsText, campaignText } from './en/campaign.ts'
import { capsText } from './en/caps.ts'
import { codesText } from './en/delivery-codes.ts'
import { sendRulesText } from './en/send-rules.ts'
import { campaignActionsText as campaignActionsKo, campaignText as campaignKo } from './ko/campaign.ts'
import { capsText as capsKo } from './ko/caps.ts'
import { sendRulesText as sendRulesKo } from './ko/send-rules.ts'
import type { WithTexts } from './text.ts'

export const campaignTexts = {
  en: {
    campaign: campaignText,
    campaignActions: campaignActionsText,
    caps: capsText,
    codes: codesText,
    sendRules: sendRulesText,
  },
  ko: {
    campaign: campaignKo,
    campaignActions: campaignActionsKo,
    caps: capsKo,
    codes: DELIVERY_CODES_KO,
    sendRules: sendRulesKo,
  },
}
export type CampaignTexts = WithTexts<typeof campaignTexts>

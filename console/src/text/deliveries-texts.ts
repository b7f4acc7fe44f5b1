/** Texts of the results by device, loaded with them. */

import { DELIVERY_CODES_KO } from '../../../src/domain/delivery-result-ko.ts'
import { campaignText } from './en/campaign.ts'
import { capsText } from './en/caps.ts'
import { deliveriesText } from './en/deliveries.ts'
import { codesText } from './en/delivery-codes.ts'
import { campaignText as campaignKo } from './ko/campaign.ts'
import { capsText as capsKo } from './ko/caps.ts'
import { deliveriesText as deliveriesKo } from './ko/deliveries.ts'

export const deliveriesTexts = {
  en: { campaign: campaignText, caps: capsText, deliveries: deliveriesText, codes: codesText },
  ko: { campaign: campaignKo, caps: capsKo, deliveries: deliveriesKo, codes: DELIVERY_CODES_KO },
}

/** Texts of the review before a resend, loaded with it. */

import { DELIVERY_CODES_KO } from '../../../src/domain/delivery-result-ko.ts'
import { campaignText } from './en/campaign.ts'
import { codesText } from './en/delivery-codes.ts'
import { resendText } from './en/resend.ts'
import { campaignText as campaignKo } from './ko/campaign.ts'
import { resendText as resendKo } from './ko/resend.ts'

export const resendTexts = {
  en: { resend: resendText, campaign: campaignText, codes: codesText },
  ko: { resend: resendKo, campaign: campaignKo, codes: DELIVERY_CODES_KO },
}

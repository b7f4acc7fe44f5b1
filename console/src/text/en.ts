import { campaignActionsText, campaignText } from './en/campaign.ts'
import { campaignsText } from './en/campaigns.ts'
import { deliveriesText } from './en/deliveries.ts'
import { codesText } from './en/delivery-codes.ts'
import { format } from './en/format.ts'
import { errorTitle, problemsText } from './en/problems.ts'
import { shellText } from './en/shell.ts'
import { signInText } from './en/sign-in.ts'
import { statesText } from './en/states.ts'

export const en = {
  format,
  shell: shellText,
  signIn: signInText,
  problems: problemsText,
  errorTitle,
  states: statesText,
  campaigns: campaignsText,
  campaign: campaignText,
  campaignActions: campaignActionsText,
  deliveries: deliveriesText,
  codes: codesText,
}

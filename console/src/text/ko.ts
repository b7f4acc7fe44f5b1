import { campaignActionsText, campaignText } from './ko/campaign.ts'
import { campaignsText } from './ko/campaigns.ts'
import { deliveriesText } from './ko/deliveries.ts'
import { codesText } from './ko/delivery-codes.ts'
import { format } from './ko/format.ts'
import { errorTitle, problemsText } from './ko/problems.ts'
import { shellText } from './ko/shell.ts'
import { signInText } from './ko/sign-in.ts'
import { statesText } from './ko/states.ts'
import type { Text } from './text.ts'

export const ko: Text = {
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

import { campaignsText } from './en/campaigns.ts'
import { format } from './en/format.ts'
import { overviewText } from './en/overview.ts'
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
  overview: overviewText,
  campaigns: campaignsText,
}

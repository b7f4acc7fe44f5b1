import { campaignsText } from './ko/campaigns.ts'
import { format } from './ko/format.ts'
import { overviewText } from './ko/overview.ts'
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
  overview: overviewText,
  campaigns: campaignsText,
}

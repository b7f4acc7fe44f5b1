/** Texts of the account menu and its dialogs, loaded with them. */
import { accountText } from './en/account.ts'
import { rolesText } from './en/roles.ts'
import { accountText as accountKo } from './ko/account.ts'
import { rolesText as rolesKo } from './ko/roles.ts'

export const accountTexts = {
  en: { account: accountText, who: rolesText },
  ko: { account: accountKo, who: rolesKo },
}

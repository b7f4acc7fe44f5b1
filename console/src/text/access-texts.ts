/** Texts of one page, loaded with it. */
import { accessText } from './en/access.ts'
import { rolesText } from './en/roles.ts'
import { accessText as accessKo } from './ko/access.ts'
import { rolesText as rolesKo } from './ko/roles.ts'

export const accessTexts = {
  en: { access: accessText, who: rolesText },
  ko: { access: accessKo, who: rolesKo },
}

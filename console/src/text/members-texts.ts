/** Texts of the member and import pages, loaded with them. */
import { importText } from './en/import.ts'
import { membersText } from './en/members.ts'
import { importText as importKo } from './ko/import.ts'
import { membersText as membersKo } from './ko/members.ts'

export const membersTexts = {
  en: { members: membersText, importing: importText },
  ko: { members: membersKo, importing: importKo },
}

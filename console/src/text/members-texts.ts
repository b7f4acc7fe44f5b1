/** Texts of the member and import pages, loaded with them. */
import { memberChangeText } from './en/member-change.ts'
import { importText, membersText } from './en/members.ts'
import { memberChangeText as memberChangeKo } from './ko/member-change.ts'
import { importText as importKo, membersText as membersKo } from './ko/members.ts'

export const membersTexts = {
  en: { members: membersText, memberChange: memberChangeText, importing: importText },
  ko: { members: membersKo, memberChange: memberChangeKo, importing: importKo },
}

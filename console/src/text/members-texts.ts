/** Texts of the member and import pages, loaded with them. */

import { DELIVERY_CODES_KO } from '../../../src/domain/delivery-result-ko.ts'
import { codesText } from './en/delivery-codes.ts'
import { importText } from './en/import.ts'
import { memberChangeText } from './en/member-change.ts'
import { membersText } from './en/members.ts'
import { sendRulesText } from './en/send-rules.ts'
import { importText as importKo } from './ko/import.ts'
import { memberChangeText as memberChangeKo } from './ko/member-change.ts'
import { membersText as membersKo } from './ko/members.ts'
import { sendRulesText as sendRulesKo } from './ko/send-rules.ts'

export const membersTexts = {
  en: {
    members: membersText,
    memberChange: memberChangeText,
    importing: importText,
    codes: codesText,
    sendRules: sendRulesText,
  },
  ko: {
    members: membersKo,
    memberChange: memberChangeKo,
    importing: importKo,
    codes: DELIVERY_CODES_KO,
    sendRules: sendRulesKo,
  },
}

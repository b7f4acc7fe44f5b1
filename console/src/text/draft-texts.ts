/** Texts of the campaign editor, loaded with it. */
import { DELIVERY_CODES_KO } from '../../../src/domain/delivery-result-ko.ts'
import { capsText } from './en/caps.ts'
import { conflictsText } from './en/conflicts.ts'
import { codesText } from './en/delivery-codes.ts'
import { draftText } from './en/draft.ts'
import { draftAudienceText } from './en/draft-audience.ts'
import { draftConflictText } from './en/draft-conflict.ts'
import { draftImageText } from './en/draft-image.ts'
import { draftSendText } from './en/draft-send.ts'
import { messageRulesText } from './en/message-rules.ts'
import { previewsText } from './en/previews.ts'
import { rolesText } from './en/roles.ts'
import { sendRulesText } from './en/send-rules.ts'
import { capsText as capsKo } from './ko/caps.ts'
import { conflictsText as conflictsKo } from './ko/conflicts.ts'
import { draftText as draftKo } from './ko/draft.ts'
import { draftAudienceText as draftAudienceKo } from './ko/draft-audience.ts'
import { draftConflictText as draftConflictKo } from './ko/draft-conflict.ts'
import { draftImageText as draftImageKo } from './ko/draft-image.ts'
import { draftSendText as draftSendKo } from './ko/draft-send.ts'
import { messageRulesText as messageRulesKo } from './ko/message-rules.ts'
import { previewsText as previewsKo } from './ko/previews.ts'
import { rolesText as rolesKo } from './ko/roles.ts'
import { sendRulesText as sendRulesKo } from './ko/send-rules.ts'

export const draftTexts = {
  en: {
    caps: capsText,
    codes: codesText,
    conflicts: conflictsText,
    draft: draftText,
    draftAudience: draftAudienceText,
    draftConflict: draftConflictText,
    draftImage: draftImageText,
    draftSend: draftSendText,
    messageRules: messageRulesText,
    previews: previewsText,
    sendRules: sendRulesText,
    who: rolesText,
  },
  ko: {
    caps: capsKo,
    codes: DELIVERY_CODES_KO,
    conflicts: conflictsKo,
    draft: draftKo,
    draftAudience: draftAudienceKo,
    draftConflict: draftConflictKo,
    draftImage: draftImageKo,
    draftSend: draftSendKo,
    messageRules: messageRulesKo,
    previews: previewsKo,
    sendRules: sendRulesKo,
    who: rolesKo,
  },
}

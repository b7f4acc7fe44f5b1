/** Texts of the campaign editor, loaded with it. */
import { draftText } from './en/draft.ts'
import { draftAudienceText } from './en/draft-audience.ts'
import { draftSendText } from './en/draft-send.ts'
import { previewsText } from './en/previews.ts'
import { draftText as draftKo } from './ko/draft.ts'
import { draftAudienceText as draftAudienceKo } from './ko/draft-audience.ts'
import { draftSendText as draftSendKo } from './ko/draft-send.ts'
import { previewsText as previewsKo } from './ko/previews.ts'

export const draftTexts = {
  en: {
    draft: draftText,
    draftAudience: draftAudienceText,
    draftSend: draftSendText,
    previews: previewsText,
  },
  ko: { draft: draftKo, draftAudience: draftAudienceKo, draftSend: draftSendKo, previews: previewsKo },
}

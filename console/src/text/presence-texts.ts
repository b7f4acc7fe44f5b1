/** Texts of the line that says who else has a campaign open: on its page and in its editor. */
import { presenceText } from './en/presence.ts'
import { presenceText as presenceKo } from './ko/presence.ts'

export const presenceTexts = { en: { presence: presenceText }, ko: { presence: presenceKo } }

/** Texts of one page, loaded with it. */
import { accessText } from './en/access.ts'
import { accessText as accessKo } from './ko/access.ts'

export const accessTexts = { en: { access: accessText }, ko: { access: accessKo } }

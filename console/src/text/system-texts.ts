/** Texts of one page, loaded with it. */
import { systemText } from './en/system.ts'
import { systemText as systemKo } from './ko/system.ts'

export const systemTexts = { en: { system: systemText }, ko: { system: systemKo } }

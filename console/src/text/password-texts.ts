/** Texts of one dialog, loaded with it. */
import { passwordText } from './en/password.ts'
import { passwordText as passwordKo } from './ko/password.ts'

export const passwordTexts = { en: { own: passwordText }, ko: { own: passwordKo } }

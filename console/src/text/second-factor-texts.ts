/** Texts of the code at the sign-in, loaded when one is asked for. */
import { signInCodeText } from './en/sign-in-code.ts'
import { signInCodeText as signInCodeKo } from './ko/sign-in-code.ts'

export const secondFactorTexts = { en: { code: signInCodeText }, ko: { code: signInCodeKo } }

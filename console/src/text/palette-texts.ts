/** Texts of the command palette and of the list of shortcuts, loaded with them. */
import { paletteText } from './en/palette.ts'
import { paletteText as paletteKo } from './ko/palette.ts'

export const paletteTexts = { en: { palette: paletteText }, ko: { palette: paletteKo } }

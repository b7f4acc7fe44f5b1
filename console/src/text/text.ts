/** The type of a language: that of English. A missing text fails the type check. */
import type { en } from './en.ts'

export type Text = typeof en

/** With the texts that one page loads: the type of what `useTextOf` gives it. */
export type WithTexts<T extends { en: unknown }> = Text & T['en']

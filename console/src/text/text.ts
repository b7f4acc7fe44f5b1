/** The type of a language: that of English. A missing text fails the type check. */
import type { en } from './en.ts'

export type Text = typeof en

/** The shape of a language: what English has, all of it. A text that a language lacks breaks the build. */
import type { en } from './en.ts'

export type Text = typeof en

/**
 * The language of the console: the one chosen before, else the browser's, else English. Only its own texts are loaded; a
 * Korean reader does not wait for the English ones.
 */
import { createContext, type ReactNode, use, useEffect, useState } from 'react'
import type { Text } from './text.ts'

export const LANGUAGES = {
  en: { name: 'English', load: async (): Promise<Text> => (await import('./en.ts')).en },
  ko: { name: '한국어', load: async (): Promise<Text> => (await import('./ko.ts')).ko },
} as const
export type Language = keyof typeof LANGUAGES

const KEPT_AS = 'carillon-language'

interface Chosen {
  language: Language
  text: Text
  choose: (language: Language) => void
}

const LanguageContext = createContext<Chosen | null>(null)

/** What is shown first: main.tsx loads it before anything is rendered. */
export async function loadFirstLanguage(): Promise<{ language: Language; text: Text }> {
  const language = firstLanguage()
  return { language, text: await LANGUAGES[language].load() }
}

export function LanguageProvider({
  first,
  children,
}: {
  first: { language: Language; text: Text }
  children: ReactNode
}) {
  const [shown, setShown] = useState(first)
  useEffect(() => {
    document.documentElement.lang = shown.language
  }, [shown.language])
  const choose = async (language: Language) => {
    keep(language)
    setShown({ language, text: await LANGUAGES[language].load() })
  }
  return (
    <LanguageContext value={{ ...shown, choose: (language) => void choose(language) }}>
      {children}
    </LanguageContext>
  )
}

export function useLanguage(): Chosen {
  const chosen = use(LanguageContext)
  if (chosen === null) throw new Error('useLanguage outside of LanguageProvider')
  return chosen
}

/** All texts in the current language: `const text = useText()`, then `text.signIn.title`. */
export function useText(): Text {
  return useLanguage().text
}

/** The same, plus texts that only one page needs and that are loaded with it. */
export function useTextOf<T>(texts: Record<Language, T>): Text & T {
  const { language, text } = useLanguage()
  return { ...text, ...texts[language] }
}

function firstLanguage(): Language {
  const kept = read()
  if (isLanguage(kept)) return kept
  const asked = navigator.languages.map((tag) => tag.split('-')[0]?.toLowerCase())
  return asked.find(isLanguage) ?? 'en'
}

function isLanguage(value: string | null | undefined): value is Language {
  return value !== null && value !== undefined && Object.hasOwn(LANGUAGES, value)
}

/** Storage may be blocked; the language is then chosen again in each tab. */
function read(): string | null {
  try {
    return localStorage.getItem(KEPT_AS)
  } catch {
    return null
  }
}

function keep(language: Language): void {
  try {
    localStorage.setItem(KEPT_AS, language)
  } catch {
    // See read().
  }
}

/**
 * One spelling for each locale: apps, phones and exports write different ones, and filters compare text. Android writes
 * `zh_CN_#Hans`, iOS `zh-Hans_CN` or `en_US@calendar=gregorian`, resources `pt-rBR`; all are brought to language, script
 * and region of BCP 47.
 *
 * The script is left out where it is the usual one: `zh-Hans-CN` is `zh-CN`, so that a filter for `zh-CN` finds it.
 * Variants and extensions (calendar, numbers) are left out too: no filter asks for them.
 */
import { KnownValues } from './known-values.ts'

const LONGEST = 64
const locales = new KnownValues(LONGEST, find)

/** `de_at` → `de-AT`. Returns undefined if the text is not a locale. */
export function canonicalLocale(text: string): string | undefined {
  return locales.get(text)
}

function find(text: string): string | undefined {
  // `en_US@calendar=…`, `en_US.UTF-8`, `b+sr+Latn+RS`
  const [name = ''] = text.trim().split(/[@.]/)
  const parts = name.replace(/^b\+/i, '').split(/[-_+]/)
  const [language = '', ...rest] = parts
  if (!/^[a-z]{2,3}$/i.test(language)) return languageNamed(name)
  const tag = [language]
  let region: string | undefined
  for (const part of rest) {
    // An extension (`u-ca-…`, `x-…`) goes on to the end. `#Hans` is Java's mark of a script.
    if (/^#?[a-z0-9]$/i.test(part)) break
    const script = /^#?([a-z]{4})$/i.exec(part)?.[1]
    if (script !== undefined && tag.length === 1) tag.push(script)
    else region ??= /^r?([a-z]{2}|\d{3})$/i.exec(part)?.[1]
    if (!/^(?:#?[a-z0-9]{1,8})?$/i.test(part)) return undefined
  }
  if (region !== undefined) tag.push(region)
  // Java's way to write Nynorsk, from before it had a code of its own.
  if (/^(nb|no)_NO_NY$/i.test(name)) return 'nn-NO'
  return withoutUsualScript(new Intl.Locale(tag.join('-')))
}

function withoutUsualScript(locale: Intl.Locale): string | undefined {
  // "No language", in three ways.
  if (locale.language === 'und' || locale.language === 'mul' || locale.language === 'zxx') return undefined
  const { language, script, region } = locale
  const short = region === undefined ? language : `${language}-${region}`
  const isUsual = script === undefined || new Intl.Locale(short).maximize().script === script
  return isUsual ? short : `${language}-${script}${region === undefined ? '' : `-${region}`}`
}

let names: Map<string, string> | undefined

/** "Korean", "한국어": some exports name the language. Two-letter languages, in English and in themselves. */
function languageNamed(name: string): string | undefined {
  names ??= languageNames()
  return names.get(name.toLowerCase())
}

function languageNames(): Map<string, string> {
  const found = new Map<string, string>()
  const english = new Intl.DisplayNames(['en'], { type: 'language', fallback: 'none' })
  const letters = 'abcdefghijklmnopqrstuvwxyz'
  for (const first of letters) {
    for (const second of letters) {
      const code = first + second
      const name = english.of(code)
      if (name === undefined) continue
      const own = new Intl.DisplayNames([code], { type: 'language', fallback: 'none' }).of(code)
      const language = Intl.getCanonicalLocales(code)[0] ?? code
      for (const each of [name, own]) if (each !== undefined) found.set(each.toLowerCase(), language)
    }
  }
  return found
}

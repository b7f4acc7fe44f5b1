/**
 * Korean particles depend on whether the word before them ends in a consonant. Pure.
 *
 * A word is read as it is spoken: digits as Sino-Korean numbers, capitals as letter names ("API"), other Latin words by
 * their last letters. Closing quotes, a bracketed remark and emoji at the end are ignored.
 */

/** With a final consonant first, without one second. */
export type Particle = '은/는' | '이/가' | '을/를' | '과/와' | '으로/로'

/** "51,805" and "을/를" → "51,805를". */
export function withParticle(word: string, particle: Particle): string {
  const [closed = '', open = ''] = particle.split('/')
  const ending = finalConsonantOf(word)
  // "로" follows ㄹ as well as a vowel: 서울로, 1로.
  const isOpen = ending === 'none' || (ending === 'ㄹ' && particle === '으로/로')
  return `${word}${isOpen ? open : closed}`
}

type FinalConsonant = 'none' | 'ㄹ' | 'other'

const FIRST_SYLLABLE = 0xac00
const LAST_SYLLABLE = 0xd7a3
const FINALS = 28
const RIEUL = 8

function finalConsonantOf(word: string): FinalConsonant {
  const spoken = word
    .replace(/[^\p{L}\p{N}%()]+$/u, '')
    .replace(/(?<=.)\([^()]*\)$/u, '')
    .replace(/[^\p{L}\p{N}%]+$/u, '')
  const digits = /\d[\d,]*$/.exec(spoken)?.[0]
  if (digits !== undefined) return ofNumber(digits.replaceAll(',', ''))
  const latin = /[A-Za-z]+$/.exec(spoken)?.[0]
  if (latin !== undefined) return ofLatin(latin)
  return ofSyllable(spoken.at(-1) ?? '')
}

/** "%" is read 퍼센트. Other scripts cannot be read here; most foreign words end in a vowel in Korean. */
function ofSyllable(char: string): FinalConsonant {
  const code = char.charCodeAt(0)
  if (!(code >= FIRST_SYLLABLE && code <= LAST_SYLLABLE)) return 'none'
  const final = (code - FIRST_SYLLABLE) % FINALS
  return final === 0 ? 'none' : final === RIEUL ? 'ㄹ' : 'other'
}

/** 영 일 이 삼 사 오 육 칠 팔 구; round numbers end in 십, 백, 천, 만 or 억. */
function ofNumber(digits: string): FinalConsonant {
  const last = digits.at(-1) ?? ''
  if ('178'.includes(last)) return 'ㄹ'
  return '036'.includes(last) ? 'other' : 'none'
}

function ofLatin(word: string): FinalConsonant {
  if (word === word.toUpperCase()) return /[LR]$/.test(word) ? 'ㄹ' : /[MN]$/.test(word) ? 'other' : 'none'
  if (/le?$/.test(word)) return 'ㄹ'
  return /([mn]|ng|[aeiou][mn]e|(^|[^aeiou])[aeiou]([bckpt]|ck|pp|tt))$/i.test(word) ? 'other' : 'none'
}

/**
 * Recognises passwords that are long and still among the first that are tried: a common word with digits around it, one
 * pattern repeated, a row of the keyboard, the own name. No list of millions: sign-ins are limited to ten wrong ones in five
 * minutes, so only the first hundreds matter. Pure.
 */

/** Of the lists of leaked passwords, the words that fill twelve characters with a year or a row of digits; and our own. */
const WORDS = words(`
  password passwort passw0rd motdepasse contrasena senha wachtwoord parola heslo haslo salasana pass pwd secret secure security
  admin administrator root user username guest test tester testing login signin welcome hello letmein access master
  changeme change default temp temporary example sample demo qwerty qwertz azerty asdf asdfgh zxcv zxcvbn iloveyou loveyou
  love sunshine princess dragon monkey football baseball superman batman shadow michael jordan charlie freedom whatever
  trustno starwars computer internet samsung google facebook apple company office server database summer winter spring
  autumn january february march april may june july august september october november december monday tuesday
  wednesday thursday friday saturday sunday korea seoul
  carillon push notification notifications campaign campaigns message messages firebase console dashboard marketing operator
  viewer bell bells production staging my new the is a an your our this it me you i`)

/** Rows of keyboards, and what is written as if it were random. */
const ROWS = [
  '01234567890123456789',
  '98765432109876543210',
  'abcdefghijklmnopqrstuvwxyz',
  'zyxwvutsrqponmlkjihgfedcba',
  'qwertyuiopasdfghjklzxcvbnm',
  'qwertzuiopasdfghjklyxcvbnm',
  'azertyuiopqsdfghjklmwxcvbn',
  '1q2w3e4r5t6y7u8i9o0p',
  'q1w2e3r4t5y6u7i8o9p0',
  '1qaz2wsx3edc4rfv5tgb6yhn7ujm',
  'qazwsxedcrfvtgbyhnujm',
]

const SIGNS: Record<string, string> = {
  '@': 'a',
  '4': 'a',
  '3': 'e',
  '1': 'i',
  '!': 'i',
  '0': 'o',
  $: 's',
  '5': 's',
  '7': 't',
}

/** Why it is weak, to complete "The password …"; null if nothing is known against it. */
export function weaknessOf(password: string, name = ''): string | null {
  const text = password.normalize('NFKC').toLowerCase()
  if (isRepeated(text)) return 'repeats one short pattern'
  if (ROWS.some((row) => madeOf(text, row))) return 'is a row of keys, letters or digits'
  const own = name.normalize('NFKC').toLowerCase()
  const known =
    own.length >= 3 ? [...WORDS, ...own.split(/[^\p{L}]+/u).filter((word) => word.length >= 3)] : WORDS
  for (const spelled of [text, unsigned(text)]) {
    const letters = spelled.split(/[^\p{L}]+/u).filter((part) => part !== '')
    if (letters.length > 0 && letters.length <= 4 && letters.every((part) => isMadeOfWords(part, known))) {
      return 'is one of the first that are tried: common words and digits'
    }
  }
  // Dates and telephone numbers. Twenty digits are none.
  return text.length < 20 && /^[\p{N}\p{P}\s]+$/u.test(text) ? 'has digits and signs only' : null
}

function words(text: string): string[] {
  return text.trim().split(/\s+/)
}

/** p@ssw0rd → password. */
function unsigned(text: string): string {
  const core = text.replace(/[\d\p{P}\p{S}\s]+$/u, '')
  return [...core].map((sign) => SIGNS[sign] ?? sign).join('')
}

function isRepeated(text: string): boolean {
  for (let length = 1; length <= 4; length += 1) {
    if (
      text ===
      text
        .slice(0, length)
        .repeat(Math.ceil(text.length / length))
        .slice(0, text.length)
    )
      return true
  }
  return false
}

/** Pieces of a row, each of at least four characters: "qwerty123456". */
function madeOf(text: string, row: string): boolean {
  const rows = [row, ...ROWS]
  let at = 0
  while (at < text.length) {
    let longest = 0
    for (const each of rows) {
      let length = 0
      while (at + length < text.length && each.includes(text.slice(at, at + length + 1))) length += 1
      longest = Math.max(longest, length)
    }
    if (longest < Math.min(4, text.length - at)) return false
    at += longest
  }
  return true
}

/** Whether the letters are known words one after the other. At most a few: a sentence of many is a good password. */
function isMadeOfWords(letters: string, known: readonly string[], most = 3): boolean {
  if (letters === '') return true
  if (most === 0) return false
  return known.some(
    (word) => letters.startsWith(word) && isMadeOfWords(letters.slice(word.length), known, most - 1),
  )
}

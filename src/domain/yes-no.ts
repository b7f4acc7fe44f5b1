/** Yes and no, as spreadsheets in several languages, databases and people write them. */

const YES =
  'true t yes y 1 on o 예 네 참 wahr ja vrai oui verdadero sí si vero sì verdadeiro sim はい 是 истина да'
const NO = 'false f no n 0 off x 아니오 아니요 거짓 falsch nein faux non falso não いいえ 否 ложь нет'

const WORDS = new Map<string, boolean>([
  ...YES.split(' ').map((word): [string, boolean] => [word, true]),
  ...NO.split(' ').map((word): [string, boolean] => [word, false]),
])

/** Undefined: neither. `1` and `0` as numbers too. */
export function yesOrNo(value: unknown): boolean | undefined {
  if (typeof value === 'boolean') return value
  if (value === 1 || value === 0) return value === 1
  if (typeof value !== 'string' || value.length > 12) return undefined
  return WORDS.get(value.trim().normalize('NFC').toLowerCase())
}

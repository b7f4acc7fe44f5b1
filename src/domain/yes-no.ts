/** Yes and no, as spreadsheets in several languages, databases and people write them. */

const YES =
  'true t yes y 1 on 예 네 참 wahr ja vrai oui verdadero sí si vero sì verdadeiro sim はい 是 истина да так tak ano'
const NO =
  'false f no n 0 off 아니오 아니요 거짓 falsch nein faux non falso não いいえ 否 ложь нет ні nie nee'

const WORDS = new Map<string, boolean>([
  ...YES.split(' ').map((word): [string, boolean] => [word, true]),
  ...NO.split(' ').map((word): [string, boolean] => [word, false]),
])

/** Undefined: neither. `1` and `0` as numbers too. */
function yesOrNo(value: unknown): boolean | undefined {
  if (typeof value === 'boolean') return value
  if (value === 1 || value === 0) return value === 1
  if (typeof value !== 'string' || value.length > 12) return undefined
  return WORDS.get(value.trim().normalize('NFKC').toLowerCase())
}

/** What people are called in the state they are in, whatever the column asks. */
const WANTS = 'subscribed optedin optin 수신 수신함 수신동의 허용 許可 希望する angemeldet'
const REFUSES =
  'unsubscribed optedout optout 거부 거부함 수신거부 수신안함 차단 철회 拒否 停止 配信停止 希望しない abgemeldet widerrufen'
/** Answers to "do you agree?", which a column of refusals does not ask. */
const AGREES = '동의 동의함 승인 同意 同意する einverstanden zugestimmt agreed granted'
const DISAGREES =
  '미동의 비동의 부동의 동의안함 동의하지않음 미승인 不同意 同意しない abgelehnt disagreed denied'

const WISHES = wordsOf(WANTS, REFUSES)
const AGREEMENTS = wordsOf(`${WANTS} ${AGREES}`, `${REFUSES} ${DISAGREES}`)

function wordsOf(yes: string, no: string): ReadonlyMap<string, boolean> {
  return new Map([
    ...yes.split(' ').map((word): [string, boolean] => [word.normalize('NFKC'), true]),
    ...no.split(' ').map((word): [string, boolean] => [word.normalize('NFKC'), false]),
  ])
}

/** What a column of opt-outs says: yes or no, or `수신거부`, `Subscribed`. Undefined: nothing that is known. */
export function saysOptedOut(value: unknown): boolean | undefined {
  const isYes = yesOrNo(value)
  if (isYes !== undefined) return isYes
  const wants = WISHES.get(plainWord(value))
  return wants === undefined ? undefined : !wants
}

/** What a column of consent says: yes or no, or `동의`, `거부`, `opted_in`. */
export function saysOptedIn(value: unknown): boolean | undefined {
  return yesOrNo(value) ?? AGREEMENTS.get(plainWord(value))
}

function plainWord(value: unknown): string {
  if (typeof value !== 'string' || value.length > 20) return ''
  return value
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\s_-]/g, '')
}

/**
 * Registration tokens of the fake: 163 characters like FCM's own (`cXXXX…:APA91b…`), made from a running number
 * and a seed, and carrying the number, so that the fake can count each of millions of tokens in an array.
 *
 *   cR2x…(22 characters) : APA91b Fk a AAAAAB7 …(124 characters)
 *                                 │  │ └ the number, 7 digits of base64url
 *                                 │  └ platform: a, i, w
 *                                 └ says that a number follows
 */

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const MARK = ':APA91bFk'
const ID_LENGTH = 22
const NUMBER_LENGTH = 7
const NUMBER_AT = ID_LENGTH + MARK.length + 1
const TAIL_LENGTH = 124
const FIRST_LETTERS = 'cdef'
const FID_SALT = 0x464944

/** Tokens with these prefixes are always refused. A random token has one with probability 64^-10. */
const DEAD_PREFIX = 'deadToken_'
export const INVALID_PREFIX = 'badToken__'

const PLATFORMS = ['android', 'ios', 'web'] as const
export type TokenPlatform = (typeof PLATFORMS)[number]

export interface TokenOptions {
  /** Part of every token's text, and so of which tokens are dead. Default 1. */
  seed?: number
  /** Default: by the number, 60 % android, 30 % ios, 10 % web. */
  platform?: TokenPlatform
  /** `dead` answers UNREGISTERED, `invalid` answers "not a valid FCM registration token". Default `live`. */
  kind?: 'live' | 'dead' | 'invalid'
}

const DIGIT_OF = new Int8Array(128).fill(-1)
for (let i = 0; i < DIGITS.length; i++) DIGIT_OF[DIGITS.charCodeAt(i)] = i

/** Text to cut the parts of a token from, which is cheaper than making 146 characters for each. */
const SCRAP_LENGTH = 8192
const scraps = new Map<number, string>()

function scrapOf(seed: number): string {
  let scrap = scraps.get(seed)
  if (scrap === undefined) {
    const random = randomFrom(seed)
    scrap = Array.from({ length: SCRAP_LENGTH }, () => DIGITS[Math.floor(random() * 64)]).join('')
    scraps.set(seed, scrap)
  }
  return scrap
}

/** The installation id of the phone whose token has this number. Firebase's tokens begin with it; the fake's do not. */
export function fidFor(index: number, { seed = 1 }: { seed?: number } = {}): string {
  const mixed = mix(index ^ seed ^ FID_SALT)
  const at = mixed % (SCRAP_LENGTH - ID_LENGTH)
  return (
    FIRST_LETTERS.charAt(mixed & 3) +
    scrapOf(seed).slice(at, at + ID_LENGTH - 1 - NUMBER_LENGTH) +
    digitsOf(index)
  )
}

export function tokenFor(index: number, options: TokenOptions = {}): string {
  const { seed = 1, platform = platformFor(index), kind = 'live' } = options
  const scrap = scrapOf(seed)
  const mixed = mix(index ^ seed)
  const idAt = mixed % (SCRAP_LENGTH - ID_LENGTH)
  const tailAt = (mixed >>> 8) % (SCRAP_LENGTH - TAIL_LENGTH)
  const id = scrap.slice(idAt, idAt + ID_LENGTH)
  const prefix =
    kind === 'live' ? FIRST_LETTERS.charAt(mixed & 3) : kind === 'dead' ? DEAD_PREFIX : INVALID_PREFIX
  return (
    prefix +
    id.slice(prefix.length) +
    MARK +
    platform.charAt(0) +
    digitsOf(index) +
    scrap.slice(tailAt, tailAt + TAIL_LENGTH)
  )
}

function digitsOf(index: number): string {
  let digits = ''
  for (let left = index, i = 0; i < NUMBER_LENGTH; i++, left = Math.floor(left / 64)) {
    digits = DIGITS.charAt(left % 64) + digits
  }
  return digits
}

/** The number a token was made from, or -1: not one of ours. */
export function indexOfToken(token: string): number {
  if (!token.startsWith(MARK, ID_LENGTH)) return -1
  let index = 0
  for (let i = NUMBER_AT; i < NUMBER_AT + NUMBER_LENGTH; i++) {
    const digit = DIGIT_OF[token.charCodeAt(i)] ?? -1
    if (digit < 0) return -1
    index = index * 64 + digit
  }
  return index
}

export function platformFor(index: number): TokenPlatform {
  const tenth = index % 10
  return tenth < 6 ? 'android' : tenth < 9 ? 'ios' : 'web'
}

/**
 * Whether the fake answers UNREGISTERED. Decided by the token's text alone, so that a check of the results can
 * ask the same question.
 */
export function isDeadToken(token: string, share: number): boolean {
  if (token.startsWith(DEAD_PREFIX)) return true
  if (share <= 0) return false
  let hash = 0x811c9dc5
  for (let i = 0; i < token.length; i++) hash = Math.imul(hash ^ token.charCodeAt(i), 0x01000193)
  return mix(hash) < share * 2 ** 32
}

/** Spreads the bits of a whole number over 32 bits (the finaliser of MurmurHash3). */
function mix(value: number): number {
  let hash = value | 0
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

/** Numbers from 0 to 1 that are the same for the same seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

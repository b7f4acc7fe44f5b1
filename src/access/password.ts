/**
 * Passwords: the accepted lengths, hashing and checking. Stored is an argon2id hash in the usual text form, with its
 * parameters, so that they can be raised while old hashes still work:
 *
 *   $argon2id$v=19$m=19456,t=2,p=1$<salt>$<hash>
 *
 * The parameters are the ones OWASP recommends. One hash deliberately takes 19 MiB and about 40 ms of a core. So that
 * sign-ins cannot exhaust the process, two are computed at a time and at most LONGEST_QUEUE wait.
 */
import { type Argon2Parameters, argon2, randomBytes, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import pLimit from 'p-limit'
import { AppError } from '../domain/errors.ts'
import { PASSWORD_LENGTH } from '../domain/password-length.ts'
import { weaknessOf } from '../domain/weak-password.ts'

const COST = { memory: 19_456, passes: 2, parallelism: 1 } as const
const FORM = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/
const LONGEST_QUEUE = 20

const deriveKey = promisify(argon2)
const atMostTwo = pLimit(2)

/** `name`: of the user. `field`: where the password is in the body. */
export function checkNewPassword(password: string, name: string, field = '/password'): void {
  const length = [...password.normalize('NFC')].length
  if (length >= PASSWORD_LENGTH.min && length <= PASSWORD_LENGTH.max) {
    const problem = weaknessOf(password, name)
    if (problem === null) return
    throw new AppError(
      'invalid_request',
      `The password ${problem}. Use a sentence, or let a password manager generate one.`,
      { fields: [{ field, problem }] },
    )
  }
  const { min, max } = PASSWORD_LENGTH
  throw new AppError(
    'invalid_request',
    `The password has ${length} characters; expected ${min} to ${max}. Use a sentence, or let a password manager generate one.`,
    { fields: [{ field, problem: `has ${length} characters; expected ${min} to ${max}` }] },
  )
}

export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16)
  const hash = await derive(password, { ...COST, nonce: salt, tagLength: 32 })
  const { memory, passes, parallelism } = COST
  return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${unpadded(salt)}$${unpadded(hash)}`
}

/** `stored` is undefined if there is no such user: a hash is computed anyway, so that the time does not reveal it. */
export async function isPassword(password: string, stored: string | undefined): Promise<boolean> {
  const [, memory, passes, parallelism, salt = '', hash = ''] = FORM.exec(stored ?? DECOY) ?? []
  const expected = Buffer.from(hash, 'base64')
  const found = await derive(password, {
    memory: Number(memory),
    passes: Number(passes),
    parallelism: Number(parallelism),
    nonce: Buffer.from(salt, 'base64'),
    tagLength: expected.length,
  })
  return timingSafeEqual(found, expected)
}

/** A hash that no password matches. */
const DECOY = `$argon2id$v=19$m=${COST.memory},t=${COST.passes},p=${COST.parallelism}$${unpadded(randomBytes(16))}$${unpadded(randomBytes(32))}`

/** Normalized, because two systems may encode the same typed letters as different code points. */
function derive(password: string, parameters: Omit<Argon2Parameters, 'message'>): Promise<Buffer> {
  if (atMostTwo.pendingCount >= LONGEST_QUEUE) {
    throw new AppError(
      'too_many_sign_ins',
      `${LONGEST_QUEUE} passwords are already waiting to be checked. Try again in a few seconds.`,
      { retryAfterSeconds: 5 },
    )
  }
  return atMostTwo(() => deriveKey('argon2id', { ...parameters, message: password.normalize('NFC') }))
}

function unpadded(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('=', '')
}

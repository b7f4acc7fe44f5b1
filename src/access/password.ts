/**
 * Passwords: what is accepted, how one is kept, how one is recognised. Kept is an argon2id hash with its parameters,
 * in the usual text form, so that they can be raised without making old hashes useless:
 *
 *   $argon2id$v=19$m=19456,t=2,p=1$<salt>$<hash>
 *
 * The parameters are OWASP's. One hash takes 19 MiB and some 40 ms of a core, which is the point; so only two are
 * worked out at a time, and of those that wait there is a limit, or sign-ins could be used to exhaust the process.
 */
import { type Argon2Parameters, argon2, randomBytes, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import pLimit from 'p-limit'
import { AppError } from '../domain/errors.ts'
import { PASSWORD_LENGTH } from '../domain/password-length.ts'

const COST = { memory: 19_456, passes: 2, parallelism: 1 } as const
const FORM = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/
const LONGEST_QUEUE = 20

const deriveKey = promisify(argon2)
const atMostTwo = pLimit(2)

export function checkNewPassword(password: string): void {
  const length = [...password.normalize('NFC')].length
  if (length >= PASSWORD_LENGTH.min && length <= PASSWORD_LENGTH.max) return
  const { min, max } = PASSWORD_LENGTH
  throw new AppError(
    'invalid_request',
    `The password has ${length} characters; expected ${min} to ${max}. A sentence is easy to remember, or let a password manager make one.`,
    { fields: [{ field: '/password', problem: `has ${length} characters; expected ${min} to ${max}` }] },
  )
}

export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16)
  const hash = await derive(password, { ...COST, nonce: salt, tagLength: 32 })
  const { memory, passes, parallelism } = COST
  return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${unpadded(salt)}$${unpadded(hash)}`
}

/** `stored` is undefined when there is no such user: the work is done all the same, so that time does not tell. */
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

/** A hash that no password has. */
const DECOY = `$argon2id$v=19$m=${COST.memory},t=${COST.passes},p=${COST.parallelism}$${unpadded(randomBytes(16))}$${unpadded(randomBytes(32))}`

/** The same letters typed on another system may be other code points: both are brought to one form. */
function derive(password: string, parameters: Omit<Argon2Parameters, 'message'>): Promise<Buffer> {
  if (atMostTwo.pendingCount >= LONGEST_QUEUE) {
    throw new AppError(
      'too_many_sign_ins',
      `${LONGEST_QUEUE} passwords are waiting to be checked already. Try again in a few seconds.`,
      { retryAfterSeconds: 5 },
    )
  }
  return atMostTwo(() => deriveKey('argon2id', { ...parameters, message: password.normalize('NFC') }))
}

function unpadded(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('=', '')
}

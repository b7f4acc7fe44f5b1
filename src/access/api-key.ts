/**
 * The form of an API key: how one is generated and parsed.
 *
 *   cari_3kQ9xZ1b_<43 random characters>
 *   └── prefix ──┘ stored as plain text: finds the row, and identifies the key in lists and logs
 *
 * The secret has 256 bits, so its plain SHA-256 is safe to store: the secret cannot be guessed. It is shown once and
 * never stored.
 */
import { createHash, randomInt, timingSafeEqual } from 'node:crypto'

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const FORM = /^(cari_[0-9A-Za-z]{8})_([0-9A-Za-z]{43})$/

export interface NewApiKey {
  key: string
  prefix: string
  hash: Buffer
}

export function generateApiKey(): NewApiKey {
  const prefix = `cari_${randomText(8)}`
  const secret = randomText(43)
  return { key: `${prefix}_${secret}`, prefix, hash: hashOf(secret) }
}

/** Returns undefined if the text does not have the form of a key. */
export function parseApiKey(text: string): { prefix: string; hash: Buffer } | undefined {
  const [, prefix, secret] = FORM.exec(text) ?? []
  return prefix !== undefined && secret !== undefined ? { prefix, hash: hashOf(secret) } : undefined
}

/** The key in the value of an Authorization header. */
export function keyIn(authorization: string): string | undefined {
  return /^Bearer +(\S+)$/i.exec(authorization)?.[1]
}

export function isSameHash(a: Uint8Array, b: Uint8Array): boolean {
  return a.byteLength === b.byteLength && timingSafeEqual(a, b)
}

function hashOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest()
}

function randomText(length: number): string {
  return Array.from({ length }, () => ALPHABET[randomInt(ALPHABET.length)]).join('')
}

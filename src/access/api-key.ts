/**
 * What an API key looks like, how one is made and recognised.
 *
 *   cari_3kQ9xZ1b_<43 random characters>
 *   └── prefix ──┘ stored as it is: finds the row, and tells keys apart in lists and logs
 *
 * The secret has 256 bits, so a plain SHA-256 of it is safe to keep: nobody can guess what to hash. It is shown
 * once and stored nowhere.
 */
import { createHash, randomInt, timingSafeEqual } from 'node:crypto'

export const ROLES = ['viewer', 'operator', 'admin'] as const
export type Role = (typeof ROLES)[number]

/** A role may do what the roles before it may do. */
export function mayActAs(role: Role, needed: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(needed)
}

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

/** Undefined when the text cannot be a key of ours. */
export function parseApiKey(text: string): { prefix: string; hash: Buffer } | undefined {
  const [, prefix, secret] = FORM.exec(text) ?? []
  return prefix !== undefined && secret !== undefined ? { prefix, hash: hashOf(secret) } : undefined
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

/**
 * One-time codes of an authenticator app: RFC 6238 with what every app takes, six digits of HMAC-SHA-1 over steps of 30 s. SHA-1 is
 * no weakness here: an HMAC needs no resistance to collisions.
 */
import { createHmac, timingSafeEqual } from 'node:crypto'

const STEP_SECONDS = 30
const DIGITS = 6
/** Steps by which a clock may be wrong, each way. */
const DRIFT = 1
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

export function stepAt(ms: number): number {
  return Math.floor(ms / 1000 / STEP_SECONDS)
}

export function codeOf(secret: Uint8Array, step: number): string {
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(step))
  const mac = createHmac('sha1', secret).update(counter).digest()
  const at = (mac.at(-1) ?? 0) & 15
  return String((mac.readUInt32BE(at) & 0x7fff_ffff) % 10 ** DIGITS).padStart(DIGITS, '0')
}

/** The step whose code this is, near the present one; null if it is none. */
export function stepOf(secret: Uint8Array, code: string, ms: number): number | null {
  if (!/^\d{6}$/.test(code)) return null
  const now = stepAt(ms)
  for (let step = now - DRIFT; step <= now + DRIFT; step += 1) {
    if (timingSafeEqual(Buffer.from(codeOf(secret, step)), Buffer.from(code))) return step
  }
  return null
}

/** As apps take it by hand. */
export function base32(bytes: Uint8Array): string {
  const bits = Array.from(bytes, (byte) => byte.toString(2).padStart(8, '0')).join('')
  return (bits.match(/.{1,5}/g) ?? [])
    .map((five) => BASE32[Number.parseInt(five.padEnd(5, '0'), 2)] ?? '')
    .join('')
}

/** What a QR code or a link says to an app. */
export function otpauthUrl(secret: Uint8Array, name: string): string {
  const label = `Carillon:${encodeURIComponent(name)}`
  return `otpauth://totp/${label}?secret=${base32(secret)}&issuer=Carillon&algorithm=SHA1&digits=${DIGITS}&period=${STEP_SECONDS}`
}

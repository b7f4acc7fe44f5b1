import * as crypto from 'node:crypto'
import { expect, test, vi } from 'vitest'
import { checkNewPassword, hashPassword, isPassword } from '../../src/access/password.ts'
import { until } from '../support/until.ts'

vi.mock('node:crypto', async (original) => {
  const real = await original<typeof crypto>()
  return { ...real, argon2: vi.fn(real.argon2) }
})

test('a password is kept as argon2id with OWASP’s parameters, salted', async () => {
  const first = await hashPassword('correct horse battery')
  const second = await hashPassword('correct horse battery')
  expect(first).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/)
  expect(second).not.toBe(first)
  expect(await isPassword('correct horse battery', first)).toBe(true)
  expect(await isPassword('correct horse battery', second)).toBe(true)
  expect(await isPassword('correct horse batterx', first)).toBe(false)
  expect(await isPassword('', first)).toBe(false)
})

test('a hash made with other parameters, or by another program, is understood', async () => {
  // From the reference implementation: echo -n password | argon2 somesalt -id -t 2 -m 16 -p 1 -l 32
  const reference = '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc'
  expect(await isPassword('password', reference)).toBe(true)
  expect(await isPassword('passwort', reference)).toBe(false)
})

test('the same letters typed on another system are the same password', async () => {
  const composed = 'caf\u00e9 de la gare'
  expect(await isPassword('cafe\u0301 de la gare', await hashPassword(composed))).toBe(true)
})

test('there is no password for nobody', async () => {
  expect(await isPassword('correct horse battery', undefined)).toBe(false)
})

test.each([
  ['eleven char', '11 characters; expected 12 to 128'],
  ['x'.repeat(129), '129 characters'],
  ['👩'.repeat(11), '11 characters'],
])('%s is refused, and not repeated in the refusal', (password, says) => {
  let refusal: Error & { code?: string } = new Error('accepted')
  try {
    checkNewPassword(password, 'ada')
  } catch (error) {
    refusal = error as Error
  }
  expect(refusal).toMatchObject({ code: 'invalid_request', fields: [{ field: '/password' }] })
  expect(refusal.message).toContain(says)
  expect(refusal.message).not.toContain(password)
})

test.each(['twelve chars', 'a1 b2-c3'.repeat(16), '👩🐎🔋🎈🌍🍎🎻🚲🌵🐧🏔🎲'])(
  '%s is long enough and not too long',
  (password) => {
    expect(checkNewPassword(password, 'ada')).toBeUndefined()
  },
)

test('two are worked out at a time, twenty wait, more are told to come back', async () => {
  const argon2 = vi.mocked(crypto.argon2)
  argon2.mockClear()
  const finish: (() => void)[] = []
  argon2.mockImplementation(((
    _algorithm: string,
    _parameters: unknown,
    done: (error: null, key: Buffer) => void,
  ) => {
    finish.push(() => done(null, Buffer.alloc(32)))
  }) as never)
  try {
    const waiting = Array.from({ length: 22 }, () => hashPassword('correct horse battery'))
    await expect(hashPassword('correct horse battery')).rejects.toMatchObject({
      code: 'too_many_sign_ins',
      retryAfterSeconds: 5,
    })
    await until(() => finish.length === 2, { what: 'two are worked out' })
    for (let n = 0; n < 22; n += 1) {
      await until(() => finish.length > n, { what: `number ${n} is worked out` })
      expect(finish.length).toBeLessThanOrEqual(n + 2)
      finish[n]?.()
    }
    await Promise.all(waiting)
  } finally {
    argon2.mockRestore()
  }
})

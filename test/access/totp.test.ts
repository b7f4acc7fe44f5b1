import { describe, expect, test } from 'vitest'
import { base32, codeOf, otpauthUrl, stepAt, stepOf } from '../../src/access/totp.ts'

/** RFC 6238, appendix B; six digits instead of eight. */
const SECRET = Buffer.from('12345678901234567890')

describe('one-time codes', () => {
  test.each([
    [59, '287082'],
    [1_111_111_109, '081804'],
    [1_111_111_111, '050471'],
    [1_234_567_890, '005924'],
    [2_000_000_000, '279037'],
    [20_000_000_000, '353130'],
  ])('at %d s is %s', (seconds, code) => {
    expect(codeOf(SECRET, stepAt(seconds * 1000))).toBe(code)
    expect(stepOf(SECRET, code, seconds * 1000)).toBe(Math.floor(seconds / 30))
  })

  test('are taken half a minute early and late, and no more', () => {
    const step = 1_000
    const at = (seconds: number) => (step * 30 + seconds) * 1000
    const code = codeOf(SECRET, step)
    expect([-31, -30, 0, 29, 59, 60].map((seconds) => stepOf(SECRET, code, at(seconds)))).toEqual([
      null,
      step,
      step,
      step,
      step,
      null,
    ])
    for (const wrong of ['', '28708', '2870822', '28708a', ' 287082', '٢٨٧٠٨٢']) {
      expect(stepOf(SECRET, wrong, 59_000), wrong).toBeNull()
    }
  })

  test('have a secret that apps take by hand and by link', () => {
    expect(base32(SECRET)).toBe('GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ')
    expect(base32(Buffer.from('f'))).toBe('MY')
    const url = new URL(otpauthUrl(SECRET, '김 ada&x'))
    expect(decodeURIComponent(url.pathname)).toBe('/Carillon:김 ada&x')
    expect(Object.fromEntries(url.searchParams)).toEqual({
      secret: base32(SECRET),
      issuer: 'Carillon',
      algorithm: 'SHA1',
      digits: '6',
      period: '30',
    })
  })
})

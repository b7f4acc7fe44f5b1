import { describe, expect, test } from 'vitest'
import { checkRanges, expectAllowed, isAllowed, openRanges } from '../../src/access/allowed-addresses.ts'

describe('the addresses of a key', () => {
  test.each([
    [['203.0.113.7'], ['203.0.113.7', '::ffff:203.0.113.7', '::ffff:cb00:7107'], ['203.0.113.8', '::1']],
    [
      ['203.0.113.0/24'],
      ['203.0.113.0', '203.0.113.255', '::ffff:203.0.113.9'],
      ['203.0.114.0', '::ffff:203.0.114.1'],
    ],
    [['203.0.113.77/24'], ['203.0.113.5'], ['203.0.112.77']],
    [['2001:db8::/32'], ['2001:db8::1', '2001:db8:ffff::'], ['2001:db9::1', '203.0.113.7']],
    [['2001:db8::7'], ['2001:db8::7', '2001:0DB8:0:0::0007'], ['2001:db8::8']],
    [['fe80::/10'], ['fe80::1', 'fe80::1%eth0'], ['fec0::1']],
    [
      ['10.0.0.0/8', '::1'],
      ['10.9.8.7', '::1'],
      ['11.0.0.1', '127.0.0.1'],
    ],
    [['0.0.0.0/1'], ['127.0.0.1'], ['128.0.0.1', '::1']],
    [['::/1'], ['::1', '2001:db8::1'], ['127.0.0.1', '::ffff:127.0.0.1', 'ff02::1']],
  ])('%j', (ranges, inside, outside) => {
    const list = openRanges(checkRanges(ranges))
    for (const address of inside) expect(isAllowed(list, address), address).toBe(true)
    for (const address of outside) expect(isAllowed(list, address), address).toBe(false)
  })

  test('none are any, and what is no address is in no range', () => {
    expect(isAllowed(openRanges([]), '203.0.113.7')).toBe(true)
    const list = openRanges(['0.0.0.0/1', '::/1'])
    for (const address of ['', 'localhost', '1.2.3', '/run/carillon.sock']) {
      expect(isAllowed(list, address), address).toBe(false)
    }
    expect(() => expectAllowed(list, '203.0.113.7')).toThrow('may not be used from 203.0.113.7')
  })

  test.each([
    ['example.com', 'is not an IP address or a range'],
    ['', 'is not an IP address or a range'],
    ['203.0.113', 'is not an IP address or a range'],
    ['203.0.113.07', 'is not an IP address or a range'],
    ['203.0.113.0/24/8', 'is not an IP address or a range'],
    ['fe80::1%eth0', 'is not an IP address or a range'],
    ['203.0.113.0/33', 'expected 1 to 32'],
    ['203.0.113.0/', 'expected 1 to 32'],
    ['203.0.113.0/1e1', 'expected 1 to 32'],
    ['2001:db8::/129', 'expected 1 to 128'],
    ['0.0.0.0/0', 'leave the list empty'],
    ['::/0', 'leave the list empty'],
    ['::ffff:203.0.113.7', 'write it as IPv4'],
    ['::ffff:cb00:7107', 'write it as IPv4'],
  ])('%j is refused: %s', (text, problem) => {
    const refused = () => checkRanges(['203.0.113.7', text])
    expect(refused).toThrow(problem)
    expect(refused).toThrow(
      expect.objectContaining({
        code: 'invalid_request',
        fields: [expect.objectContaining({ field: '/allowedAddresses/1' })],
      }),
    )
  })

  test('are kept once', () => {
    expect(checkRanges(['10.0.0.1', '10.0.0.1'])).toEqual(['10.0.0.1'])
  })
})

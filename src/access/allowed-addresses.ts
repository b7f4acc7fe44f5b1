/** The addresses that an API key may be used from: single ones and ranges, of IPv4 and IPv6. */
import { BlockList, isIP } from 'node:net'
import { AppError } from '../domain/errors.ts'

export const MOST_RANGES = 50
/** Holds also what IPv4 looks like on a socket that takes both: ::ffff:203.0.113.7, in any spelling. */
const ALL_OF_IPV4 = new BlockList()
ALL_OF_IPV4.addSubnet('0.0.0.0', 0, 'ipv4')

/** Throws if one is not an address or a range. Returns them without repeats. */
export function checkRanges(given: readonly string[]): string[] {
  const fields = given.flatMap((text, index) => {
    const problem = problemOf(text)
    return problem === null ? [] : [{ field: `/allowedAddresses/${index}`, problem, text }]
  })
  const [first] = fields
  if (first === undefined) return [...new Set(given)]
  throw new AppError(
    'invalid_request',
    `The address ${JSON.stringify(first.text)} ${first.problem}. Give addresses such as 203.0.113.7 or 2001:db8::7, and ranges such as 203.0.113.0/24 or 2001:db8::/32; none if the key may be used from anywhere.`,
    { fields: fields.map(({ field, problem }) => ({ field, problem })) },
  )
}

function problemOf(text: string): string | null {
  const [address = '', length, ...more] = text.split('/')
  const version = isIP(address)
  if (version === 0 || address.includes('%') || more.length > 0) return 'is not an IP address or a range'
  // A client at such an address is found by ranges of IPv4.
  if (version === 6 && ALL_OF_IPV4.check(address, 'ipv6'))
    return 'is an IPv4 address in the form of IPv6; write it as IPv4'
  if (length === undefined) return null
  const most = version === 4 ? 32 : 128
  if (!/^\d{1,3}$/.test(length) || Number(length) > most) {
    return `has no usable length of its range; expected 1 to ${most}`
  }
  return Number(length) === 0 ? 'is every address; leave the list empty instead' : null
}

/** One list of each kind: in a single one, a range such as ::/1 would hold all of IPv4 as well. */
export interface Ranges {
  ipv4: BlockList
  ipv6: BlockList
}

/** Returns undefined for an empty list: the key may be used from anywhere. */
export function openRanges(ranges: readonly string[]): Ranges | undefined {
  if (ranges.length === 0) return undefined
  const lists: Ranges = { ipv4: new BlockList(), ipv6: new BlockList() }
  for (const range of ranges) {
    const [address = '', length] = range.split('/')
    const family = isIP(address) === 4 ? 'ipv4' : 'ipv6'
    lists[family].addSubnet(address, Number(length ?? (family === 'ipv4' ? 32 : 128)), family)
  }
  return lists
}

/** Throws `address_not_allowed`. `address`: of the client; a text that is none, as of a Unix socket, is in no range. */
export function expectAllowed(ranges: Ranges | undefined, address: string): void {
  if (isAllowed(ranges, address)) return
  throw new AppError(
    'address_not_allowed',
    `This API key may not be used from ${address}. Use it from an address that it allows, or ask an admin. If that is not the client's own address, a proxy stands between: list the proxy in TRUSTED_PROXIES.`,
  )
}

export function isAllowed(ranges: Ranges | undefined, address: string): boolean {
  if (ranges === undefined) return true
  const [plain = ''] = address.split('%')
  const version = isIP(plain)
  if (version === 0) return false
  if (version === 4) return ranges.ipv4.check(plain, 'ipv4')
  return (ALL_OF_IPV4.check(plain, 'ipv6') ? ranges.ipv4 : ranges.ipv6).check(plain, 'ipv6')
}

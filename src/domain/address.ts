/**
 * What FCM is told to send to: a registration token, or a Firebase installation id (FID), which takes its place. Both are
 * in use side by side for years, because an app changes from one to the other with an update of its own. Pure.
 */

export const ADDRESS_KINDS = ['token', 'fid'] as const
export type AddressKind = (typeof ADDRESS_KINDS)[number]

export interface Address {
  address: string
  kind: AddressKind
}

/** 17 bytes in base64url, whose first four bits are 0111: so says Firebase's SDK, and no token is that short. */
const FID_LENGTH = 22
const FID = /^[cdef][A-Za-z0-9_-]{21}$/

/** For an address that came without its kind. */
export function kindOf(address: string): AddressKind {
  return FID.test(address) ? 'fid' : 'token'
}

/** A registration token begins with the installation id of its app: "<fid>:APA91b…". */
export function fidOfToken(token: string): string | null {
  if (token.charAt(FID_LENGTH) !== ':') return null
  const fid = token.slice(0, FID_LENGTH)
  return FID.test(fid) ? fid : null
}

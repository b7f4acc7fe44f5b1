import { type Logger, pino } from 'pino'
import { AccessToken, type MintToken } from '../../../src/push/fcm/access-token.ts'

export function accessTokenFrom(mint: MintToken, log: Logger = pino({ level: 'silent' })): AccessToken {
  return new AccessToken(mint, { host: () => 'tokens.test', log })
}

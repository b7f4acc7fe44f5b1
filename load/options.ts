/** Options that several commands have in common. */
import { accessSync, constants, statSync } from 'node:fs'
import { parseErrorShares } from '../testing/fake-fcm/options.ts'
import { flag, option, whole } from '../testing/terminal/options.ts'

export const json = flag('print one JSON object on stdout, everything else on stderr')
export const redis = flag(
  'queue on Redis: REDIS_URL, or a redis-server from the PATH (default: on PostgreSQL)',
)
export const seed = whole(1, 2 ** 31 - 1, 1, 'of all random choices')

export const devices = (fallback: number) => whole(1, 10_000_000, fallback, 'devices in the audience')
export const dispatchers = (fallback: number) => whole(1, 16, fallback, 'dispatcher processes')
export const timeoutSeconds = (fallback: number) => whole(1, 86_400, fallback, 'give up after this time')

export const messagesPerMinute = (fallback: string) => {
  const number = whole(1, 100_000_000, 1, '')
  const read = (text: string) => (text === 'unlimited' ? text : number.read(text))
  return option('N', fallback, 'rate limit, or unlimited', read, `${number.expected}, or unlimited`)
}

/** How long Google's FCM takes from a data centre, as measured by users. Without latency every sender looks fast. */
export const REAL_LATENCY = '100:250'

export const latencyMs = (fallback: string) => {
  const read = (text: string): [min: number, max: number] | undefined => {
    const [, min, max = min] = /^(\d{1,5})(?::(\d{1,5}))?$/.exec(text) ?? []
    return min !== undefined && Number(min) <= Number(max) ? [Number(min), Number(max)] : undefined
  }
  const expected = 'milliseconds such as 40, or a range such as 20:60'
  return {
    ...option('MIN:MAX', fallback, 'how long FCM takes to answer', read, expected),
    flag: 'fcm-latency-ms',
  }
}

export const errors = (fallback: string) => {
  const read = (text: string) => {
    try {
      return parseErrorShares(text)
    } catch {
      return undefined
    }
  }
  const help = 'random error answers, such as 429:0.001,503:0.002; 429 is the quota of a single device'
  return option('STATUS:SHARE,…', fallback, help, read, 'shares of HTTP statuses such as 429:0.001,503:0.002')
}

export const file = (help: string) => {
  const read = (path: string) => {
    try {
      accessSync(path, constants.R_OK)
      return statSync(path).isFile() ? path : undefined
    } catch {
      return undefined
    }
  }
  return option('FILE', null, help, read, 'a file that can be read')
}

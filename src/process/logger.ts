/**
 * One JSON line an event, on stdout. Fixed field names: campaignId, seq, attempt, requestId. Registration tokens,
 * API keys, passwords and cookies never reach a log: whoever can read logs could push to a device or call the API.
 */
import { type Logger, type LoggerOptions, pino } from 'pino'
import type { RecentErrors } from './recent-errors.ts'

export type { Logger }

const ERROR = 50

/** `recent` is told of every error that is logged. */
export function createLogger(name: string, level: string, recent?: RecentErrors): Logger {
  const options: LoggerOptions = {
    level,
    base: { process: name, pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: {
      paths: [
        'token',
        'tokens',
        '*.token',
        '*.tokens',
        'password',
        '*.password',
        'apiKey',
        '*.apiKey',
        'authorization',
        'headers.cookie',
        'req.headers.cookie',
        'headers.authorization',
        'req.headers.authorization',
      ],
      censor: '[redacted]',
    },
    ...(recent && {
      hooks: {
        logMethod(args, method, number) {
          if (number >= ERROR) recent.add(args)
          method.apply(this, args)
        },
      },
    }),
  }
  // pino's default writes behind our back: of the last lines before an exit, which matter most, some come out of
  // order and one may be lost.
  return pino(options, pino.destination({ dest: 1, sync: true }))
}

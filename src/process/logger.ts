/**
 * Logs one JSON line per event to stdout. Fixed field names: campaignId, seq, attempt, requestId. Addresses of devices,
 * API keys, passwords and cookies are never logged: with them, a reader of the log could send messages or call the API.
 */
import { type Logger, type LoggerOptions, pino } from 'pino'
import type { RecentErrors } from './recent-errors.ts'
import { shownError } from './shown-error.ts'

export type { Logger }

const ERROR = 50

/** Every logged error is also added to `recent`. */
export function createLogger(name: string, level: string, recent?: RecentErrors): Logger {
  const options: LoggerOptions = {
    level,
    base: { process: name, pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    serializers: { err: shownError },
    redact: {
      paths: [
        'token',
        'address',
        'addresses',
        '*.token',
        // Not every address: errors of the network say whom they could not reach.
        'device.address',
        '*.addresses',
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
  // By default pino writes asynchronously: the last lines before an exit, which matter most, may be lost or out of
  // order.
  return pino(options, pino.destination({ dest: 1, sync: true }))
}

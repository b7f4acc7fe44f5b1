/**
 * One JSON line an event, on stdout. Fixed field names: campaignId, seq, attempt, requestId. Registration tokens
 * and API keys never reach a log: whoever can read logs could push to a device or call the API.
 */
import { type Logger, pino } from 'pino'

export type { Logger }

export function createLogger(name: string, level: string): Logger {
  const options = {
    level,
    base: { process: name, pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: {
      paths: [
        'token',
        'tokens',
        '*.token',
        '*.tokens',
        'authorization',
        'headers.authorization',
        'req.headers.authorization',
      ],
      censor: '[redacted]',
    },
  }
  // pino's default writes behind our back: of the last lines before an exit, which matter most, some come out of
  // order and one may be lost.
  return pino(options, pino.destination({ dest: 1, sync: true }))
}

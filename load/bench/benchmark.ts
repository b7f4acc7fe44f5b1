/** What a benchmark declares and returns; bench.ts runs it. */

import type { InstallationOptions } from '../../testing/installation/installation.ts'
import type { RunFolder } from '../../testing/installation/run-folder.ts'
import type { Server } from '../../testing/servers/services.ts'
import type { Command } from '../../testing/terminal/command.ts'
import { type Options, parseOptions, type Values } from '../../testing/terminal/options.ts'
import { type MeasureOptions, measureSeeded } from '../campaign/measure.ts'
import * as shared from '../options.ts'
import type { Run } from '../report/report.ts'

export interface BenchContext extends Command {
  postgres: Server
  folder: RunFolder
}

/** Figures, printed as JSON or as an outline. */
export interface BenchResult {
  /** Missed targets and failed checks: any of them makes the exit status 1. */
  wrong?: string[]
  [figure: string]: unknown
}

export interface BenchRun {
  json: boolean
  timeoutSeconds: number
  run: (context: BenchContext) => Promise<BenchResult>
}

export interface Benchmark {
  about: string
  options: Options
  parse: (args: string[]) => BenchRun
}

const COMMON = { timeoutSeconds: shared.timeoutSeconds(3600), json: shared.json }

/** `check` rejects combinations of options. */
export function benchmark<O extends Options>(
  about: string,
  own: O,
  run: (values: Values<O>, context: BenchContext) => Promise<BenchResult>,
  check: (values: Values<O>) => void = () => {},
): Benchmark {
  const options = { ...own, ...COMMON }
  const parse = (args: string[]): BenchRun => {
    const values = parseOptions(options, args) as Values<O> & Values<typeof COMMON>
    check(values)
    const { json, timeoutSeconds } = values
    return { json, timeoutSeconds, run: (context) => run(values, context) }
  }
  return { about, options, parse }
}

/** An installation that sends as fast as it can. */
export function fullSpeed(
  { postgres, folder }: BenchContext,
  env: Record<string, string> = {},
): InstallationOptions {
  return {
    postgresUrl: postgres.url,
    redisUrl: null,
    dispatchers: 1,
    fcm: {},
    messagesPerMinute: 'unlimited',
    logFile: folder.logFile,
    env: { FCM_RAMP_SECONDS: '0', LOG_LEVEL: 'warn', ...env },
  }
}

/** One campaign to seeded devices in such an installation. Throws when a check of its result fails. */
export async function sendFast(
  context: BenchContext,
  devices: number,
  {
    env,
    warmUp,
    onSend,
    ...order
  }: Partial<InstallationOptions> & MeasureOptions & { warmUp: number | 'all' },
): Promise<Run> {
  const options = { ...fullSpeed(context, env), ...order, seed: 1 }
  const run = await measureSeeded(devices, options, context, { warmUp, ...(onSend && { onSend }) })
  if (run.report.problems.length > 0) throw new Error(run.report.problems.join('; '))
  return run
}

/**
 * Packages somebody might use instead, installed from the npm registry into the folder of the run: they are no
 * dependencies of ours. Neither has a setting for where FCM is. Both bring a firebase-admin of their own, and that
 * connects through node:http2, where redirect-sdk.ts meets it.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { SetupError, say } from '../../testing/terminal/command.ts'
import type { BenchOptions } from './bench-options.ts'
import { type Contender, loopContender, type Surroundings } from './contenders.ts'

export const OTHERS = {
  nodePushnotifications: { package: 'node-pushnotifications', version: '6.0.0' },
  parsePushAdapter: { package: '@parse/push-adapter', version: '8.5.2' },
} as const

export type OtherName = keyof typeof OTHERS

export async function installOthers(
  folder: string,
  calls: number,
  options: BenchOptions,
  surroundings: Surroundings,
  signal: AbortSignal,
): Promise<Contender[]> {
  const home = join(folder, 'others')
  await mkdir(home)
  await writeFile(join(home, 'package.json'), '{}')
  const wanted = Object.values(OTHERS).map((other) => `${other.package}@${other.version}`)
  say(`  installing ${wanted.join(' and ')}`)
  const npm = spawn('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', ...wanted], {
    cwd: home,
    stdio: 'ignore',
    signal,
  })
  const [status] = await once(npm, 'close')
  if (status !== 0) {
    throw new SetupError(
      `npm install ${wanted.join(' ')} ended with ${status}. Leave --others out, or fix npm.`,
    )
  }
  return (Object.keys(OTHERS) as OtherName[]).map((name) =>
    loopContender(
      name,
      `${OTHERS[name].package}, ${calls} calls of 500 at a time`,
      'others-loop.ts',
      calls,
      options,
      surroundings,
      { OTHER: name, OTHERS_HOME: home },
    ),
  )
}

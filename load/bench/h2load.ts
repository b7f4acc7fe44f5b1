/** nghttp2's load generator, in C: the highest rate the fake FCM can take. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { tokenFor } from '../../testing/fake-fcm/token.ts'
import { BENCH_MESSAGE, BENCH_PATH } from './message.ts'

export const H2LOAD_MISSING =
  'h2load is not on the PATH, so the ceiling is not measured; install it with: apt-get install nghttp2-client'

export interface H2loadOptions {
  origin: string
  messages: number
  sessions: number
  streams: number
  /** The request body is written there. */
  folder: string
  signal: AbortSignal
}

/** Messages a second, all to one token; null if h2load is not installed. */
export async function runH2load(options: H2loadOptions): Promise<number | null> {
  const { origin, messages, sessions, streams, folder, signal } = options
  const body = join(folder, 'h2load-body.json')
  await writeFile(body, BENCH_MESSAGE.bodyFor(tokenFor(0), false))
  const args = ['-n', messages, '-c', sessions, '-m', streams, '-t', 1, '-d', body]
  const headers = ['-H', 'authorization: Bearer owner', '-H', 'content-type: application/json']
  const url = `${origin}${BENCH_PATH}`
  const child = spawn('h2load', [...args.map(String), ...headers, url], {
    stdio: ['ignore', 'pipe', 'pipe'],
    signal,
  })
  const output = Promise.all([text(child.stdout), text(child.stderr)])
  try {
    await once(child, 'close')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
  return rateIn((await output).join('\n'), messages)
}

/** `finished in 2.10s, 47619.05 req/s, …` and `status codes: 100000 2xx, …`. */
export function rateIn(output: string, messages: number): number {
  const rate = Number(/^finished in .*?, ([\d.]+) req\/s/m.exec(output)?.[1])
  const accepted = Number(/^status codes: (\d+) 2xx/m.exec(output)?.[1])
  if (rate > 0 && accepted === messages) return rate
  throw new Error(`h2load was told to send ${messages} messages and ${accepted} were accepted:\n${output}`)
}

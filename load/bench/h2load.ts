/** nghttp2's load generator, in C: what the fake FCM can take at most, and so the ceiling of everybody else. */
import { spawn } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { tokenFor } from '../../testing/fake-fcm/token.ts'
import { BENCH_PROJECT, benchMessage } from './bench-message.ts'

export const H2LOAD_MISSING =
  'h2load is not on the PATH, so the ceiling is not measured; install it with: apt-get install nghttp2-client'

export interface H2loadOptions {
  origin: string
  messages: number
  sessions: number
  streams: number
  /** Of the run: the request body is left there. */
  folder: string
  signal: AbortSignal
}

/** Messages a second, all to one token; null if there is no h2load. */
export async function runH2load(options: H2loadOptions): Promise<number | null> {
  const { origin, messages, sessions, streams, folder, signal } = options
  const body = join(folder, 'h2load-body.json')
  await writeFile(body, benchMessage().bodyFor(tokenFor(0), false))
  const args = ['-n', messages, '-c', sessions, '-m', streams, '-t', 1, '-d', body]
  const headers = ['-H', 'authorization: Bearer owner', '-H', 'content-type: application/json']
  const url = `${origin}/v1/projects/${BENCH_PROJECT}/messages:send`
  const child = spawn('h2load', [...args.map(String), ...headers, url], {
    stdio: ['ignore', 'pipe', 'pipe'],
    signal,
  })
  let output = ''
  child.stdout.on('data', (piece) => {
    output += piece
  })
  child.stderr.on('data', (piece) => {
    output += piece
  })
  const isMissing = await new Promise<boolean>((resolve, reject) => {
    child.on('error', (error: NodeJS.ErrnoException) =>
      error.code === 'ENOENT' ? resolve(true) : reject(error),
    )
    child.on('close', () => resolve(false))
  })
  return isMissing ? null : rateIn(output, messages)
}

/** `finished in 2.10s, 47619.05 req/s, …` and `status codes: 100000 2xx, …`. */
export function rateIn(output: string, messages: number): number {
  const rate = Number(/^finished in .*?, ([\d.]+) req\/s/m.exec(output)?.[1])
  const accepted = Number(/^status codes: (\d+) 2xx/m.exec(output)?.[1])
  if (rate > 0 && accepted === messages) return rate
  throw new Error(`h2load was asked for ${messages} messages and had ${accepted} accepted:\n${output}`)
}

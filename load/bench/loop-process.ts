/**
 * A sending loop in a process of its own, as a user would have it. The process says it is ready, is told how many
 * messages to send, and answers how long that took it. Ends with the process that forked it.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { figuresOf } from '../figures/process-figures.ts'

export interface LoopSetup {
  origin: string
  caFile: string
  /** The most that will be asked for: their tokens are made before anything is measured. */
  tokens: number
}

export interface LoopOrder {
  messages: number
  /** Of whatever the loop does in parallel. */
  parallel: number
}

export interface LoopResult {
  seconds: number
  sent: number
  failed: number
}

export interface Loop extends AsyncDisposable {
  run(order: LoopOrder): Promise<LoopResult & { cpuSeconds: number | null }>
}

/** The loop's side. */
export async function serveLoop(
  open: (setup: LoopSetup) => Promise<(order: LoopOrder) => Promise<Omit<LoopResult, 'seconds'>>>,
): Promise<void> {
  process.on('disconnect', () => process.exit(0))
  const send = await open(JSON.parse(process.argv[2] ?? '{}'))
  process.on('message', async (order: LoopOrder) => {
    const startedAt = performance.now()
    const counts = await send(order)
    const result: LoopResult = { ...counts, seconds: (performance.now() - startedAt) / 1000 }
    process.send?.(result)
  })
  process.send?.('ready')
}

/** `file`: in this folder. `env`: what the loop needs besides what every process has. */
export async function spawnLoop(file: string, setup: LoopSetup, env: NodeJS.ProcessEnv = {}): Promise<Loop> {
  const child = fork(join(import.meta.dirname, file), [JSON.stringify(setup)], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: { PATH: process.env.PATH, ...env },
    // A Ctrl-C in the terminal is for the bench, which ends its loops.
    detached: true,
  })
  const exited = once(child, 'exit')
  await answerOf(child, exited, file)
  return {
    async run(order) {
      const before = figuresOf(child.pid ?? 0)
      child.send(order)
      const result = (await answerOf(child, exited, file)) as LoopResult
      const after = figuresOf(child.pid ?? 0)
      return { ...result, cpuSeconds: before && after && after.cpuSeconds - before.cpuSeconds }
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
      await exited
    },
  }
}

async function answerOf(child: ChildProcess, exited: Promise<unknown>, file: string): Promise<unknown> {
  const first = await Promise.race([once(child, 'message'), exited.then(() => null)])
  if (first === null) throw new Error(`the loop ${file} has ended; its own output says why`)
  return first[0]
}

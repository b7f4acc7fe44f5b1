/** Starts a command with a temporary folder of its own, by which everything that it leaves behind can be found. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

const PROJECT = join(import.meta.dirname, '../..')

export interface Started {
  child: ChildProcess
  /** What came so far. */
  stdout: () => string
  stderr: () => string
  /** Resolves when stderr holds the text; rejects when the command ends without having said it. */
  says(text: string): Promise<void>
  /** Resolves with the exit status, or the name of the signal. */
  ended: Promise<number | string>
  /** Command lines of processes that were started by it, however indirectly, and still run. Linux only. */
  processesLeft(): Promise<string[]>
  /** Names in its temporary folder. */
  filesLeft(): Promise<string[]>
}

export async function startCommand(args: readonly string[], env: Record<string, string>): Promise<Started> {
  const folder = await mkdtemp(join(tmpdir(), 'carillon-left-'))
  // PostgreSQL may have to run as another user.
  await chmod(folder, 0o755)
  const child = spawn(process.execPath, args, {
    cwd: PROJECT,
    env: { PATH: process.env.PATH, TMPDIR: folder, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const output = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] += text
    })
  }
  const ended = once(child, 'close').then(([code, signal]) => (code ?? signal) as number | string)
  onTestFinished(async () => {
    child.kill('SIGTERM')
    await ended
    await rm(folder, { recursive: true, force: true })
  })
  const says = (text: string) =>
    new Promise<void>((resolve, reject) => {
      const look = () => {
        if (output.stderr.includes(text)) resolve()
      }
      child.stderr.on('data', look)
      void ended.then((how) =>
        reject(new Error(`ended with ${how} without saying "${text}":\n${output.stderr}`)),
      )
      look()
    })
  return {
    child,
    stdout: () => output.stdout,
    stderr: () => output.stderr,
    says,
    ended,
    processesLeft: () => findProcesses(folder),
    filesLeft: () => readdir(folder),
  }
}

/** By the environment they inherited, or by their arguments: PostgreSQL writes over the former. */
async function findProcesses(folder: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const found = await Promise.all(
    pids.map(async (pid) => {
      const [environ, cmdline] = await Promise.all(
        ['environ', 'cmdline'].map((file) => readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '')),
      )
      const isOurs = environ?.split('\0').includes(`TMPDIR=${folder}`) || cmdline?.includes(`${folder}/`)
      return isOurs ? [`${pid} ${cmdline?.replaceAll('\0', ' ').trim()}`] : []
    }),
  )
  return found.flat()
}

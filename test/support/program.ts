/** A server of Debian's, run by a test: in a folder of its own, on a free loopback port, until the test has finished. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findFreePort } from '../../testing/servers/free-port.ts'
import { until } from './until.ts'

export interface ProgramPlace {
  folder: string
  port: number
}

export interface ProgramOptions {
  /** Writes into the folder what the program reads, and returns its arguments. It has to stay in the foreground. */
  configure: (place: ProgramPlace) => string[]
  /** Default: any free one. */
  port?: number
}

export interface Program extends ProgramPlace {
  child: ChildProcess
  /** Ends it, whatever state it is in, and removes its folder. Safe to call repeatedly. */
  close(): Promise<void>
}

/** The reason to skip a test, or undefined if the program is installed. */
export function whyMissing(name: string, debianPackage: string): string | undefined {
  try {
    execFileSync('which', [name], { stdio: 'ignore' })
    return undefined
  } catch {
    return `${name} is not installed: apt-get install ${debianPackage}`
  }
}

/** Resolves when it listens; rejects with what it said if it ends before. */
export async function startProgram(name: string, options: ProgramOptions): Promise<Program> {
  const folder = mkdtempSync(join(tmpdir(), `carillon-${name}-`))
  // Started as root, these servers change to another user.
  chmodSync(folder, 0o777)
  const port = options.port ?? (await findFreePort())
  const args = options.configure({ folder, port })
  const child = spawn(name, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (text: Buffer) => {
      output = (output + text.toString()).slice(-20_000)
    })
  }
  const close = async () => {
    await end(child)
    rmSync(folder, { recursive: true, force: true })
  }
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null
  try {
    await until(async () => hasEnded() || (await accepts(port)), { what: `${name} listens` })
    if (hasEnded()) throw new Error(`${name} ended with ${child.exitCode ?? child.signalCode}: ${output}`)
  } catch (error) {
    await close()
    throw error
  }
  return { folder, port, child, close }
}

/** Nobody waits for a server that does not end in order. */
const END_TIMEOUT_MS = 5_000

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill('SIGTERM')
  child.kill('SIGCONT')
  const timer = setTimeout(() => child.kill('SIGKILL'), END_TIMEOUT_MS)
  await exited
  clearTimeout(timer)
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

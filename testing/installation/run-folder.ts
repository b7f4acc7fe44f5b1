/**
 * The temporary folder of one run, with the CSV file and the log of its processes. Removed at the end, unless a failed run
 * keeps its log. Folders of killed runs are removed by a later run.
 */
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startOf } from '../servers/process-identity.ts'
import { type Command, say } from '../terminal/command.ts'

const PREFIX = 'carillon-run-'
/** A kept log must stay readable for a while, and a run that has just begun has no owner.json yet. */
const KEEP_MS = 12 * 3_600_000

export interface RunFolder {
  path: string
  logFile: string
  /** Keeps the log, if there is anything in it, and has `remove` say where it is. */
  keep(): void
  remove(): Promise<void>
}

/** Runs with a folder that is removed afterwards. The log is kept when `run` fails, unless a signal ended it. */
export async function withRunFolder<T>(
  { stack, signal }: Pick<Command, 'stack' | 'signal'>,
  run: (folder: RunFolder) => Promise<T>,
): Promise<T> {
  const folder = await makeRunFolder()
  stack.defer(() => folder.remove())
  return await run(folder).catch((error) => {
    if (!signal.aborted) folder.keep()
    throw error
  })
}

async function makeRunFolder(): Promise<RunFolder> {
  await removeAbandoned()
  const path = await mkdtemp(join(tmpdir(), PREFIX))
  await writeFile(join(path, 'owner.json'), JSON.stringify({ pid: process.pid, start: startOf(process.pid) }))
  const logFile = join(path, 'carillon.log')
  let isKept = false
  return {
    path,
    logFile,
    keep: () => {
      isKept = true
    },
    remove: async () => {
      const log = await stat(logFile).catch(() => null)
      if (!isKept || !log?.size) return rm(path, { recursive: true, force: true })
      say(`The log of its processes is ${logFile}`)
      // The log is small; the CSV file may have gigabytes.
      await rm(join(path, 'devices.csv'), { force: true })
    },
  }
}

async function removeAbandoned(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    if (!name.startsWith(PREFIX)) continue
    const path = join(tmpdir(), name)
    const found = await stat(path).catch(() => null)
    if (!found?.isDirectory() || found.uid !== process.getuid?.()) continue
    const owner = await readOwner(path)
    if (owner && startOf(owner.pid) === owner.start) continue
    if (Date.now() - found.mtimeMs > KEEP_MS) await rm(path, { recursive: true, force: true })
    else await rm(join(path, 'devices.csv'), { force: true })
  }
}

async function readOwner(path: string): Promise<{ pid: number; start: string } | null> {
  try {
    return JSON.parse(await readFile(join(path, 'owner.json'), 'utf8'))
  } catch {
    return null
  }
}

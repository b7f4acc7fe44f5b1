/**
 * Identifies a process by pid and start time. Pids are reused, in containers within seconds, so a pid alone proves
 * nothing.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** When the process started, as an opaque text; null if there is no such process. Equal pid and start time: the same process. */
export function startOf(pid: number): string | null {
  try {
    // The command name is in brackets and may hold spaces; the start time is the 20th field after it.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    // A zombie has ended; only its parent has not noticed.
    return fields[0] === 'Z' ? null : (fields[19] ?? null)
  } catch {
    return ps(pid, 'lstart')
  }
}

/** The command line of a running process, arguments joined by spaces; null if there is none. */
export function commandOf(pid: number): string | null {
  if (startOf(pid) === null) return null
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()
  } catch {
    return ps(pid, 'command')
  }
}

/** For systems without /proc. */
function ps(pid: number, field: string): string | null {
  const { status, stdout } = spawnSync('ps', ['-o', `${field}=`, '-p', String(pid)], { encoding: 'utf8' })
  return status === 0 && stdout.trim() !== '' ? stdout.trim() : null
}

/**
 * A disk that can be full, without filling the machine's: a tmpfs whose size is reduced to what is on it. Only root may
 * mount one, and not in every container. Like the servers, it is tied to a pipe that a small shell holds: when this process
 * ends for any reason, the disk is unmounted.
 */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rmdir, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { chooseUser } from './postgres-binaries.ts'
import { findSharedTmp } from './postgres-home.ts'

const SIZE_MB = 4_096

/** `$1` is the folder, fd 3 the pipe. */
const GUARD = 'cat <&3 >/dev/null; umount -l "$1"; rmdir "$1"'

export interface SmallDisk {
  folder: string
  /** From now on nothing more fits on it. */
  fill(): Promise<void>
  /** There is room again. */
  free(): Promise<void>
  /** Unmounts it. Nobody may use it any more. */
  close(): Promise<void>
}

/** An empty disk that belongs to the user who runs PostgreSQL; or the reason why there is none. */
export async function mountSmallDisk(): Promise<SmallDisk | string> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) {
    return 'only root may mount a small disk, and only on Linux'
  }
  const { uid, gid } = chooseUser()
  const folder = await mkdtemp(
    join(findSharedTmp({ uid, gid } as { uid: number; gid: number }), 'carillon-disk-'),
  )
  const options = `size=${SIZE_MB}m,mode=700,uid=${uid},gid=${gid}`
  const mounted = mount('-t', 'tmpfs', '-o', options, 'tmpfs', folder)
  if (mounted !== null) {
    await rmdir(folder)
    return `no small disk can be mounted here: ${mounted}`
  }
  const guard = spawn('/bin/sh', ['-c', GUARD, 'carillon-disk', folder], {
    detached: true,
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  })
  guard.unref()
  ;(guard.stdio[3] as { unref?: () => void }).unref?.()
  const ended = once(guard, 'exit')
  const resize = (size: string) => {
    const problem = mount('-o', `remount,size=${size}`, folder)
    if (problem !== null) throw new Error(`The disk in ${folder} could not be made ${size} large: ${problem}`)
  }
  return {
    folder,
    fill: async () => {
      for (let triesLeft = 20; ; triesLeft--) {
        const { blocks, bfree, bsize } = await statfs(folder)
        try {
          return resize(String((blocks - bfree) * bsize))
        } catch (error) {
          // Something was written meanwhile, and it does not fit into the size that was asked for.
          if (triesLeft === 0) throw error
        }
      }
    },
    free: async () => resize(`${SIZE_MB}m`),
    close: async () => {
      guard.ref()
      guard.stdio[3]?.destroy()
      await ended
    },
  }
}

/** Null, or what was wrong. */
function mount(...args: string[]): string | null {
  const { status, error, stderr } = spawnSync('mount', args, { encoding: 'utf8' })
  return status === 0 ? null : (error?.message ?? stderr.trim())
}

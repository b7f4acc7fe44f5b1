/** Folders that another user must be able to enter, regardless of the umask, but not change. */
import { chmod, lstat, mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Makes the folder, and those above it that are missing, open for entering. What exists is left as it is. */
export async function makeOpenFolder(folder: string): Promise<void> {
  const first = await mkdir(folder, { recursive: true })
  if (first === undefined) return
  for (let path = folder; ; path = dirname(path)) {
    await chmod(path, 0o755)
    if (path === first) return
  }
}

/** The content gets executed, and in /tmp another user could have created the folder first. */
export async function makePrivateFolder(folder: string): Promise<void> {
  await makeOpenFolder(folder)
  const found = await lstat(folder)
  if (!found.isDirectory() || found.uid !== process.getuid?.() || (found.mode & 0o022) !== 0) {
    throw new Error(`${folder} is not a folder that only this user may change. Remove it, then start again.`)
  }
}

import { statSync } from 'node:fs'

/**
 * A sentence if others than its owner may change a secret file, or anybody on the machine may read it; with the key in it, a
 * message can be sent to every device. Files of a secret store (/run/secrets, which only the container sees) are readable by
 * all, and meant so.
 */
export function openFileWarnings(setting: string, path: string | undefined): readonly string[] {
  if (!path) return []
  let mode: number
  try {
    mode = statSync(path).mode & 0o777
  } catch {
    // Whoever reads it says so.
    return []
  }
  const isWritable = (mode & 0o022) !== 0
  const isReadable = (mode & 0o004) !== 0 && !/^(\/var)?\/run\/secrets\//.test(path)
  if (!isWritable && !isReadable) return []
  const who = isWritable ? 'changed by others than its owner' : 'read by every user of this machine'
  return [
    `${setting}: ${JSON.stringify(path)} has the mode ${mode.toString(8).padStart(3, '0')}, so it can be ${who}. Run "chmod 600 ${path}", as the user that Carillon runs as.`,
  ]
}

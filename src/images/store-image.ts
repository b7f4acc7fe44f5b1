/**
 * Images for messages, in a folder that all API processes share. A file is named by the hash of its content: the same image
 * is stored once, its address can be cached for ever, and nobody can guess one that was not given to them.
 *
 * A file appears under its name when it is complete: it is written under another, flushed and renamed. What a process that
 * died has left half written is removed by a later upload. No image is deleted here, ever: messages that were sent refer to these files, and phones load them when they show the message.
 */
import { createHash, randomUUID } from 'node:crypto'
import { type FileHandle, open, readdir, rename, stat, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '../domain/errors.ts'
import { type ImageSize, readImageSize } from './image-size.ts'

/** What FCM's client on Android loads for a notification. A larger image would be left out on the phone, unseen here. */
export const MAX_IMAGE_BYTES = 1_048_576
/** Decoded, 4,096 by 4,096 pixels are 64 MB of a phone's memory. */
const MAX_IMAGE_SIDE = 4_096

/** What `nameOf` makes, and nothing else in the folder. */
export const IMAGE_NAME = /^[0-9a-f]{64}\.(?:png|jpg|gif|webp)$/

interface StoredImage {
  name: string
  width: number
  height: number
  bytes: number
}

/** With the largest images 10 GB. A disk that is full would be noticed later, and by others than who uploads. */
const MOST_IMAGES = 10_000
/** Writing a megabyte takes no hour. */
const ABANDONED_AFTER_MS = 3_600_000
const HALF_WRITTEN = /^\.[0-9a-f-]{36}\.part$/

/**
 * Throws `invalid_image` for what is no image that phones show, and `image_not_stored` if the folder cannot take it, or has
 * MOST_IMAGES.
 */
export async function storeImage(folder: string, bytes: Buffer, most = MOST_IMAGES): Promise<StoredImage> {
  const { kind, width, height } = checkImage(bytes)
  const name = `${createHash('sha256').update(bytes).digest('hex')}.${kind}`
  const stored = { name, width, height, bytes: bytes.length }
  const path = join(folder, name)
  try {
    if (await isStored(path, bytes.length)) return stored
    if ((await countImages(folder)) >= most) throw tooMany(most)
    await writeWhole(folder, path, bytes)
  } catch (error) {
    if (error instanceof AppError) throw error
    throw notStored(error as NodeJS.ErrnoException)
  }
  return stored
}

function checkImage(bytes: Buffer): ImageSize {
  if (bytes.length > MAX_IMAGE_BYTES) throw invalid(`has ${bytes.length} bytes; at most ${MAX_IMAGE_BYTES}`)
  const size = readImageSize(bytes)
  if (size === null) {
    throw invalid(
      'is not a PNG, JPEG, GIF or WebP file, or its header is broken. SVG, HEIC and others are not shown in notifications: export it as JPEG or PNG',
    )
  }
  const { width, height } = size
  if (Math.max(width, height) <= MAX_IMAGE_SIDE) return size
  throw invalid(`is ${width} × ${height} pixels; at most ${MAX_IMAGE_SIDE} on a side. Make it smaller`)
}

function invalid(problem: string): AppError {
  return new AppError('invalid_image', `The image ${problem}.`, { fields: [{ field: '/', problem }] })
}

async function isStored(path: string, length: number): Promise<boolean> {
  try {
    return (await stat(path)).size === length
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw error
  }
}

/** Removes what is abandoned. Reads no more than the names: 10,000 take some milliseconds. */
async function countImages(folder: string): Promise<number> {
  const names = await readdir(folder)
  const oldest = Date.now() - ABANDONED_AFTER_MS
  for (const name of names.filter((each) => HALF_WRITTEN.test(each))) {
    const path = join(folder, name)
    // Another process may have finished or removed it meanwhile.
    const found = await stat(path).catch(() => null)
    if (found !== null && found.mtimeMs < oldest) await unlink(path).catch(() => undefined)
  }
  return names.filter((name) => IMAGE_NAME.test(name)).length
}

function tooMany(most: number): AppError {
  return new AppError(
    'image_not_stored',
    `The image could not be stored: IMAGE_FOLDER has ${most} images, the most that are kept. Delete there those that no message shows any more, then try again. Or give the address of an image that is hosted elsewhere.`,
    { retryAfterSeconds: 30 },
  )
}

/** Two processes may store the same image at once: each writes a file of its own, and the second rename replaces like by like. */
async function writeWhole(folder: string, path: string, bytes: Buffer): Promise<void> {
  const draft = join(folder, `.${randomUUID()}.part`)
  let file: FileHandle | undefined
  try {
    file = await open(draft, 'wx', 0o644)
    await file.writeFile(bytes)
    await file.sync()
    await file.close()
    await rename(draft, path)
  } catch (error) {
    await file?.close().catch(() => undefined)
    await unlink(draft).catch(() => undefined)
    throw error
  }
}

const CAUSES: Record<string, string> = {
  ENOSPC: 'the disk is full. Make room',
  EDQUOT: 'the quota of its disk is used up. Make room',
  ENOENT: 'it does not exist. Create or mount it',
  ENOTDIR: 'it is not a folder',
  EACCES: 'this process may not write there. Change its owner or its permissions',
  EPERM: 'this process may not write there. Change its owner or its permissions',
  EROFS: 'it is mounted read-only',
}

function notStored(cause: NodeJS.ErrnoException): AppError {
  const why = CAUSES[cause.code ?? ''] ?? 'it could not be written'
  return new AppError(
    'image_not_stored',
    `The image could not be stored in IMAGE_FOLDER: ${why}, then try again. Nothing was stored. Or give the address of an image that is hosted elsewhere.`,
    { retryAfterSeconds: 30, cause },
  )
}

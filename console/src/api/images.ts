/** Stores a picture where devices can load it. */
import type { ImageReply } from '../../../src/api/images/image-schemas.ts'
import { call } from './client.ts'

/** FCM shows no larger one. */
export const MAX_IMAGE_BYTES = 1_000_000
export const IMAGE_TYPES = ['image/png', 'image/jpeg', 'image/gif', 'image/webp']

export function storeImage(file: Blob): Promise<ImageReply> {
  return call<ImageReply>('POST', '/v1/images', { file })
}

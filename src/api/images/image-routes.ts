/** Takes images for messages and serves them to phones, for installations without a place of their own for images. */
import serveStatic from '@fastify/static'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import { inDeed } from '../../audit/note-deeds.ts'
import { AppError } from '../../domain/errors.ts'
import { IMAGE_NAME, MAX_IMAGE_BYTES, storeImage } from '../../images/store-image.ts'
import { IdempotencyHeader } from '../http/common-schemas.ts'
import type { RouteDeps } from '../http/request-context.ts'
import { ImageReply } from './image-schemas.ts'

const TYPES = ['image/png', 'image/jpeg', 'image/gif', 'image/webp']

/** In a plugin scope of its own, because its content type parsers replace the others. */
export function imageRoutes({ config, pool }: RouteDeps): FastifyPluginAsyncTypebox {
  const { folder } = config.images
  const { publicUrl } = config.http
  return async (app) => {
    app.removeAllContentTypeParsers()
    app.addContentTypeParser(TYPES, { parseAs: 'buffer' }, async (_request: unknown, body: Buffer) => body)
    app.post(
      '/images',
      {
        config: { permission: 'campaigns:write' },
        bodyLimit: MAX_IMAGE_BYTES,
        schema: {
          tags: ['campaigns'],
          summary:
            'Upload an image for messages: PNG, JPEG, GIF or WebP, at most 1 MB and 4,096 pixels a side',
          description:
            'What it is is told by its content. The address never changes and is the same for the same image; anybody who has it can load it. Needs IMAGE_FOLDER and PUBLIC_URL: docs/operations.md.',
          headers: IdempotencyHeader,
          consumes: TYPES,
          response: { 201: ImageReply },
        },
      },
      async (request, reply) => {
        if (folder === null || publicUrl === null) throw notSetUp()
        if (!Buffer.isBuffer(request.body)) {
          throw new AppError('invalid_image', 'There is no body. Send the file itself as the body.')
        }
        const { name, ...facts } = await storeImage(folder, request.body)
        // Without its event nobody learns the address of what is in the folder.
        await inDeed(pool, async (_tx, note) => {
          note({ deed: 'image.stored', subject: { kind: 'image', id: name }, detail: { bytes: facts.bytes } })
        })
        return reply.code(201).send({ url: `${publicUrl}/images/${name}`, ...facts })
      },
    )
  }
}

/** For anybody: phones and browsers have no key. Only files with names that an upload has made. */
export async function serveImages(app: FastifyInstance, folder: string | null): Promise<void> {
  if (folder === null) return
  await app.register(serveStatic, {
    root: folder,
    prefix: '/images/',
    decorateReply: false,
    index: false,
    cacheControl: false,
    allowedPath: (path) => IMAGE_NAME.test(path.replace(/^\//, '')),
    setHeaders: (reply) => {
      reply.header('cache-control', 'public, max-age=31536000, immutable')
      // Whatever is in the file: opened as a page, nothing of it runs.
      reply.header('content-security-policy', "default-src 'none'; sandbox")
      reply.header('cross-origin-resource-policy', 'cross-origin')
    },
  })
}

function notSetUp(): AppError {
  return new AppError(
    'images_not_set_up',
    'Images cannot be uploaded: IMAGE_FOLDER and PUBLIC_URL are not both set. Set them (docs/operations.md), or give the https:// address of an image that is hosted elsewhere.',
  )
}

/**
 * Serves the console from console/dist, where Vite builds it. Every console URL returns the same page, which renders
 * what the URL names, so links can be opened and reloaded.
 *
 * Each response has its own Content-Security-Policy nonce; it replaces `__CSP_NONCE__` in index.html. Files under /assets
 * have a hash in their name and may be cached without limit.
 */
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import serveStatic from '@fastify/static'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { AppError } from '../../domain/errors.ts'

export const CONSOLE_FOLDER = join(import.meta.dirname, '../../../console/dist')

/** URLs that are never a page of the console. Under /assets and /images a missing file must be a 404, not the page. */
const NOT_A_PAGE = /^\/(v1|docs|health|metrics|assets|images)(\/|$)/

const COMMON = { decorateReply: false, preCompressed: true, index: false, cacheControl: false } as const

export async function installConsole(app: FastifyInstance, folder: string): Promise<void> {
  const sendPage = (_request: FastifyRequest, reply: FastifyReply) => sendConsolePage(reply, folder)
  app.get('/', { schema: { hide: true } }, sendPage)
  app.get('/index.html', { schema: { hide: true } }, sendPage)
  if (!existsSync(join(folder, 'index.html'))) return
  await app.register(serveStatic, {
    ...COMMON,
    root: join(folder, 'assets'),
    prefix: '/assets/',
    allowedPath: (path) => !path.endsWith('/'),
    setHeaders: (reply) => void reply.header('cache-control', 'public, max-age=31536000, immutable'),
  })
  // The few files beside index.html: icons, robots.txt. Each gets a route, so that no other URL reads from the disk.
  await app.register(serveStatic, {
    ...COMMON,
    root: folder,
    wildcard: false,
    globIgnore: ['index.html*', 'assets/**', '**/*.br', '**/*.gz'],
    setHeaders: (reply) => void reply.header('cache-control', 'no-cache'),
  })
}

/** Whether a request that matches no route is a browser's request for a page of the console. */
export function isConsolePage({ method, url, headers }: FastifyRequest): boolean {
  const path = url.split('?', 1)[0] ?? ''
  const isRead = method === 'GET' || method === 'HEAD'
  return isRead && !NOT_A_PAGE.test(path) && /\btext\/html\b/i.test(headers.accept ?? '')
}

export async function sendConsolePage(reply: FastifyReply, folder: string): Promise<FastifyReply> {
  const template = await readFile(join(folder, 'index.html'), 'utf8').catch(() => undefined)
  if (template === undefined) {
    throw new AppError(
      'console_not_built',
      'The console is not built: run "npm run console" and restart the API. The API documentation is at /docs.',
    )
  }
  const nonce = randomBytes(16).toString('base64')
  return reply
    .header('content-type', 'text/html; charset=utf-8')
    .header('cache-control', 'no-cache')
    .header('content-security-policy', policyWith(nonce))
    .serializer((page: unknown) => String(page))
    .send(template.replaceAll('__CSP_NONCE__', nonce))
}

/** Images from any https origin are allowed, because the console previews the images of messages. */
function policyWith(nonce: string): string {
  return [
    "default-src 'self'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data: https:",
    "connect-src 'self'",
    "object-src 'none'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "form-action 'self'",
  ].join('; ')
}

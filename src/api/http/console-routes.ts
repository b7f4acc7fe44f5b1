/**
 * The console: what Vite built into console/dist. Every address of the console gets the same page, which then shows
 * what the address is about; so a link to a campaign can be opened and reloaded.
 *
 * The page's Content-Security-Policy has a nonce of its own for each answer, which stands in for `__CSP_NONCE__` in
 * index.html. What is under /assets has its hash in its name and is kept for good by browsers.
 */
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import serveStatic from '@fastify/static'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { AppError } from '../../domain/errors.ts'

export const CONSOLE_FOLDER = join(import.meta.dirname, '../../../console/dist')

/** What is not the console's. /assets is: but what is missing there is a file, and no page. */
const NOT_A_PAGE = /^\/(v1|docs|health|metrics|assets)(\/|$)/

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
  // The few files beside index.html: icons, robots.txt. A route each, so that no other address reaches the disk.
  await app.register(serveStatic, {
    ...COMMON,
    root: folder,
    wildcard: false,
    globIgnore: ['index.html*', 'assets/**', '**/*.br', '**/*.gz'],
    setHeaders: (reply) => void reply.header('cache-control', 'no-cache'),
  })
}

/** Whether a browser asked for a page of the console: for addresses that no route has. */
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
      'The console is not built: run "npm run console" and start the API again. The API itself is described at /docs.',
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

/** Pictures of messages are previewed, and may be anywhere. */
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

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brotliCompressSync, brotliDecompressSync, gzipSync } from 'node:zlib'
import type { InjectOptions } from 'fastify'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { startApp } from '../start-app.ts'

const PAGE = `<!doctype html><meta name="csp-nonce" content="__CSP_NONCE__"><style nonce="__CSP_NONCE__"></style>`
const SCRIPT = 'console.log("carillon")'
const HTML = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }

type WhenDone = (close: () => Promise<void>) => void

const open = async (whenDone: WhenDone, isBuilt = true) => {
  const home = await mkdtemp(join(tmpdir(), 'carillon-console-'))
  whenDone(() => rm(home, { recursive: true }))
  await writeFile(join(home, 'secret.txt'), 'secret')
  const consoleFolder = join(home, 'dist')
  if (isBuilt) {
    await mkdir(join(consoleFolder, 'assets'), { recursive: true })
    await writeFile(join(consoleFolder, 'index.html'), PAGE)
    await writeFile(join(consoleFolder, 'favicon.svg'), '<svg/>')
    await writeFile(join(consoleFolder, 'assets/app-1a2b.js'), SCRIPT)
    await writeFile(join(consoleFolder, 'assets/app-1a2b.js.br'), brotliCompressSync(SCRIPT))
    await writeFile(join(consoleFolder, 'assets/app-1a2b.js.gz'), gzipSync(SCRIPT))
    await writeFile(join(consoleFolder, 'assets/small-3c.js'), '1')
  }
  const { app, call } = await startApp({}, { consoleFolder }, whenDone)
  const get = (
    url: string,
    headers: Record<string, string> = HTML,
    method: InjectOptions['method'] = 'GET',
  ) => app.inject({ method: method ?? 'GET', url, headers })
  return { app, call, get, consoleFolder }
}

/** Shared by the tests that only read. */
let shared: Awaited<ReturnType<typeof open>>
const closing: (() => Promise<void>)[] = []
beforeAll(async () => {
  shared = await open((close) => closing.push(close))
})
afterAll(async () => {
  for (const close of closing.reverse()) await close()
})

describe('the console’s page', () => {
  test.each([
    '/',
    '/index.html',
    '/campaigns',
    '/campaigns/0199/results?state=failed',
    '/members/a%2Fb%5Cc',
    '/v1x',
  ])('%s is it, asked for anew each time, with a nonce of its own', async (url) => {
    const { get } = shared
    const answers = [await get(url), await get(url)]
    const nonces = answers.map((answer) => {
      expect(answer.statusCode).toBe(200)
      expect(answer.headers['content-type']).toBe('text/html; charset=utf-8')
      expect(answer.headers['cache-control']).toBe('no-cache')
      const [, nonce = ''] = /content="([^"]+)"/.exec(answer.body) ?? []
      expect(nonce).toMatch(/^[A-Za-z0-9+/]{22}==$/)
      expect(answer.body).toBe(PAGE.replaceAll('__CSP_NONCE__', nonce))
      const policy = String(answer.headers['content-security-policy'])
      expect(policy).toContain(`style-src 'self' 'nonce-${nonce}';`)
      expect(policy).toContain("script-src 'self';")
      expect(policy).toContain("connect-src 'self';")
      expect(policy).toContain("img-src 'self' data: https:;")
      expect(policy).toContain("frame-ancestors 'none'")
      expect(policy).not.toContain('unsafe')
      return nonce
    })
    expect(nonces[0]).not.toBe(nonces[1])
    const head = await get(url, HTML, 'HEAD')
    expect(head.statusCode).toBe(200)
    expect(head.body).toBe('')
  })

  test('is built anew while the process runs, and the next answer is the new one', async () => {
    const { get, consoleFolder } = await open(onTestFinished)
    await writeFile(join(consoleFolder, 'index.html'), 'new')
    expect((await get('/')).body).toBe('new')
  })

  test.each([
    ['/nowhere', { accept: 'application/json' }],
    ['/nowhere', { accept: '*/*' }],
    ['/v1/nowhere', HTML],
    ['/v1', HTML],
    ['/docs/nowhere', HTML],
    ['/health/nowhere', HTML],
    ['/metrics/nowhere', HTML],
    ['/assets/gone-4d.js', HTML],
    ['/assets/', HTML],
  ])('%s for %j is a 404 as elsewhere', async (url, headers) => {
    const { get } = shared
    const answer = await get(url, headers)
    expect(answer.json()).toMatchObject({ status: 404, code: 'not_found' })
    expect(answer.headers['content-type']).toContain('application/problem+json')
  })

  test('does not swallow what is wrong about a method', async () => {
    const { app, get } = shared
    const wrong = await app.inject({ method: 'POST', url: '/campaigns', headers: HTML })
    expect(wrong.json()).toMatchObject({ status: 404, code: 'not_found' })
    expect((await get('/v1/campaigns/x/send')).json().code).toBe('method_not_allowed')
  })

  test('leaves the documents alone', async () => {
    const { get } = shared
    const page = await get('/docs')
    expect(page.statusCode).toBe(200)
    expect(page.body).toContain('swagger')
  })

  test('that is not built says what to run, and the API works', async () => {
    const { get, call } = await open(onTestFinished, false)
    for (const url of ['/', '/campaigns']) {
      const answer = await get(url)
      expect(answer.json()).toMatchObject({ status: 404, code: 'console_not_built' })
      expect(answer.json().detail).toContain('npm run console')
    }
    expect((await call('GET', '/v1/campaigns')).status).toBe(200)
  })
})

describe('the console’s files', () => {
  test('are kept for good by browsers, and sent in the best form made at build time', async () => {
    const { get } = shared
    const plain = await get('/assets/app-1a2b.js', {})
    expect(plain.body).toBe(SCRIPT)
    expect(plain.headers).toMatchObject({
      'cache-control': 'public, max-age=31536000, immutable',
      'content-type': expect.stringContaining('javascript'),
      vary: 'accept-encoding',
      'x-content-type-options': 'nosniff',
    })
    const brotli = await get('/assets/app-1a2b.js', { 'accept-encoding': 'gzip, deflate, br' })
    expect(brotli.headers).toMatchObject({
      'content-encoding': 'br',
      'content-type': plain.headers['content-type'],
      'cache-control': plain.headers['cache-control'],
    })
    expect(brotliDecompressSync(brotli.rawPayload).toString()).toBe(SCRIPT)
    expect(
      (await get('/assets/app-1a2b.js', { 'accept-encoding': 'gzip' })).headers['content-encoding'],
    ).toBe('gzip')
    const small = await get('/assets/small-3c.js', { 'accept-encoding': 'br' })
    expect(small.headers['content-encoding']).toBeUndefined()
    expect(small.body).toBe('1')
    const head = await get('/assets/app-1a2b.js', {}, 'HEAD')
    expect(head).toMatchObject({ statusCode: 200, body: '' })
    expect(head.headers['content-length']).toBe(String(SCRIPT.length))
  })

  test('beside the page are asked for anew', async () => {
    const { get } = shared
    const icon = await get('/favicon.svg')
    expect(icon).toMatchObject({ statusCode: 200, body: '<svg/>' })
    expect(icon.headers).toMatchObject({ 'cache-control': 'no-cache', etag: expect.any(String) })
    const same = await get('/favicon.svg', { 'if-none-match': String(icon.headers.etag) })
    expect(same.statusCode).toBe(304)
  })

  test.each([
    '/../secret.txt',
    '/assets/../../secret.txt',
    '/assets/..%2f..%2fsecret.txt',
    '/assets/%2e%2e/%2e%2e/secret.txt',
    '/assets/..%5c..%5csecret.txt',
    '/assets//../../secret.txt',
    '/assets/%252e%252e/%252e%252e/secret.txt',
    '/assets/%00',
    '//etc/passwd',
    '/assets//etc/passwd',
  ])('outside the folder are out of reach: %s', async (url) => {
    const { get } = shared
    for (const headers of [{}, { 'accept-encoding': 'br' }]) {
      const answer = await get(url, headers)
      expect(answer.statusCode).toBeGreaterThanOrEqual(400)
      expect(answer.statusCode).toBeLessThan(500)
      expect(answer.headers['content-type']).toContain('application/problem+json')
      expect(answer.body).not.toMatch(/^secret|root:/)
    }
  })
})

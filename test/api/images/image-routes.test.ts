/** Uploaded images: what is taken, where it can be loaded, and what happens when the folder cannot take it. */
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { storeImage } from '../../../src/images/store-image.ts'
import { mountSmallDisk } from '../../../testing/servers/small-disk.ts'
import { gif, jpeg, png, webp } from '../../images/some-images.ts'
import { CAMPAIGN, startApp } from '../start-app.ts'

const PUBLIC_URL = 'https://push.example.com/carillon/'

async function setup(env: Record<string, string | null> = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'carillon-images-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const api = await startApp({ IMAGE_FOLDER: folder, PUBLIC_URL, ...env })
  const upload = (bytes: Buffer, type = 'image/png', more: { as?: 'viewer' | 'operator' } = {}) =>
    api.call('POST', '/v1/images', bytes, { as: 'operator', ...more, headers: { 'content-type': type } })
  const load = (name: string, headers: Record<string, string> = {}) =>
    api.app.inject({ method: 'GET', url: `/images/${name}`, headers })
  return { ...api, folder, upload, load }
}

const nameOf = ({ json }: { json: { url: string } }) => json.url.split('/').at(-1) as string

test('each kind is told by its content, stored under its hash, and served to anybody for ever', async () => {
  const { upload, load, folder } = await setup()
  for (const [bytes, ext, type] of [
    [png(1200, 600, 5_000), 'png', 'image/png'],
    [jpeg(1200, 600), 'jpg', 'image/jpeg'],
    [gif(1200, 600), 'gif', 'image/gif'],
    [webp('VP8X', 1200, 600), 'webp', 'image/webp'],
  ] as const) {
    const made = await upload(bytes)
    expect(made.status).toBe(201)
    expect(made.json).toEqual({
      url: expect.stringMatching(
        new RegExp(`^https://push\\.example\\.com/carillon/images/[0-9a-f]{64}\\.${ext}$`),
      ),
      width: 1200,
      height: 600,
      bytes: bytes.length,
    })
    expect((await upload(bytes)).json).toEqual(made.json)
    const loaded = await load(nameOf(made))
    expect(loaded.statusCode).toBe(200)
    expect(loaded.rawPayload.equals(bytes)).toBe(true)
    expect(loaded.headers).toMatchObject({
      'content-type': type,
      'x-content-type-options': 'nosniff',
      'cache-control': 'public, max-age=31536000, immutable',
      'content-security-policy': "default-src 'none'; sandbox",
      'cross-origin-resource-policy': 'cross-origin',
    })
    expect((await load(nameOf(made), { 'if-none-match': String(loaded.headers.etag) })).statusCode).toBe(304)
  }
  expect(await readdir(folder)).toHaveLength(4)
})

test('the address is one that a message may have', async () => {
  const { upload, call } = await setup()
  const { url } = (await upload(png(600, 300))).json
  const { status } = await call('POST', '/v1/campaigns', {
    ...CAMPAIGN,
    message: { ...CAMPAIGN.message, imageUrl: url },
  })
  expect(status).toBe(201)
})

test('what is no image for phones is refused, and nothing is stored', async () => {
  const { upload, call, folder } = await setup()
  const refused = async (bytes: Buffer, type?: string) => {
    const { status, json } = await upload(bytes, type)
    return `${status} ${json.code}`
  }
  const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>')
  expect(await refused(svg)).toBe('400 invalid_image')
  expect(await refused(svg, 'image/svg+xml')).toBe('415 unsupported_media_type')
  expect(await refused(Buffer.from('<html>'), 'text/html')).toBe('415 unsupported_media_type')
  expect(await refused(png(0, 5))).toBe('400 invalid_image')
  expect(await refused(Buffer.alloc(0))).toBe('400 invalid_image')
  const { json: large } = await upload(png(5_000, 5))
  expect(large.detail).toContain('5000 × 5 pixels; at most 4096')
  expect((await upload(png(5, 5, 1_048_576 - 33))).status).toBe(201)
  const { json: heavy } = await upload(png(5, 5, 1_048_576 - 32))
  expect(heavy).toMatchObject({ status: 413, code: 'body_too_large' })
  expect(heavy.detail).toContain('1048576 bytes')
  expect((await upload(png(5, 6), 'image/png', { as: 'viewer' })).status).toBe(403)
  expect((await call('POST', '/v1/images', { url: 'x' })).status).toBe(415)
  expect(await readdir(folder)).toHaveLength(1)
})

test('a megabyte with an Idempotency-Key is answered once and does not keep the process busy', async () => {
  const { call } = await setup()
  const headers = { 'content-type': 'image/png', 'idempotency-key': 'k' }
  const began = performance.now()
  const first = await call('POST', '/v1/images', png(7, 7, 1_000_000), { headers })
  const again = await call('POST', '/v1/images', png(7, 7, 1_000_000), { headers })
  expect(again).toMatchObject({ status: 201, json: first.json })
  expect(again.headers['idempotency-replayed']).toBe('true')
  expect((await call('POST', '/v1/images', png(7, 8, 1_000_000), { headers })).status).toBe(422)
  expect(performance.now() - began).toBeLessThan(5_000)
})

test('nothing else in the folder can be loaded, nor anything around it, nor a list', async () => {
  const { upload, load, folder } = await setup()
  const name = nameOf(await upload(png(1, 1)))
  await writeFile(join(folder, 'secret.png'), 'secret')
  await writeFile(join(folder, '.draft.part'), 'secret')
  for (const other of [
    '',
    'secret.png',
    '.draft.part',
    `${name}.br`,
    `%2e%2e%2f${folder.split('/').at(-1)}%2fsecret.png`,
    `..%2f..%2fetc%2fpasswd`,
    `${'0'.repeat(64)}.png`,
    `${name}/`,
    name.toUpperCase(),
    '%00',
  ]) {
    const answer = await load(other, { accept: 'text/html' })
    expect(answer.statusCode, other).toBeGreaterThanOrEqual(400)
    expect(answer.statusCode, other).toBeLessThan(500)
    expect(answer.body).not.toContain('secret')
    expect(answer.headers['content-type'], other).toContain('application/problem+json')
  }
})

test.each([
  ['a folder', { IMAGE_FOLDER: null }],
  ['an address', { PUBLIC_URL: null }],
])('without %s an upload says what to set', async (_what, env) => {
  const { upload } = await setup(env)
  const { json } = await upload(png(1, 1))
  expect(json).toMatchObject({ status: 409, code: 'images_not_set_up' })
  expect(json.detail).toMatch(/IMAGE_FOLDER and PUBLIC_URL/)
})

test('a folder that is not there is said, and made by nobody', async () => {
  const { upload, folder } = await setup()
  await rm(folder, { recursive: true })
  const { json } = await upload(png(1, 1))
  await mkdir(folder)
  expect(json).toMatchObject({ status: 503, code: 'image_not_stored' })
  expect(json.detail).toContain('does not exist')
})

test('two processes that store the same image at once leave one file', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'carillon-images-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const all = await Promise.all(Array.from({ length: 8 }, () => storeImage(folder, png(9, 9, 100_000))))
  expect(new Set(all.map(({ name }) => name)).size).toBe(1)
  expect(await readdir(folder)).toEqual([all[0]?.name])
})

test('a full disk refuses the image, leaves no half of it, and takes it when there is room', async ({
  skip,
}) => {
  const disk = await mountSmallDisk()
  if (typeof disk === 'string') return skip(disk)
  onTestFinished(() => disk.close())
  await storeImage(disk.folder, png(9, 8))
  await disk.fill()
  const before = await readdir(disk.folder)
  await expect(storeImage(disk.folder, png(9, 9, 500_000))).rejects.toMatchObject({
    code: 'image_not_stored',
    message: expect.stringContaining('disk is full'),
  })
  expect(await readdir(disk.folder)).toEqual(before)
  await disk.free()
  await storeImage(disk.folder, png(9, 9, 500_000))
})

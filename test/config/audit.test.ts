/** The audit tells what it has found from what it could not look up, and the bill of materials has what a container has. */
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'

const ROOT = join(import.meta.dirname, '../..')
const run = promisify(execFile)

/** `answer`: what the registry says of vulnerabilities; a number is the status of a refusal. */
async function audit(answer: object | number | null) {
  const server = createServer((request, response) => {
    request.resume()
    const isAsked = request.url?.includes('advisories') === true
    const status = isAsked && typeof answer === 'number' ? answer : 200
    // npm asks for the versions that there are, to say whether another one is a fix.
    const [, name = ''] = /^\/([\w-]+)$/.exec(request.url ?? '') ?? []
    const versions = { '4.1.0': { name, version: '4.1.0' } }
    const body = isAsked ? answer : { name, 'dist-tags': { latest: '4.1.0' }, versions }
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const registry = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  if (answer === null) server.close()
  else onTestFinished(() => void server.close())
  const ended = await run(
    process.execPath,
    ['.ci/audit.mjs', `--registry=${registry}`, '--fetch-retries=0'],
    {
      cwd: ROOT,
    },
  ).then(
    (output) => ({ code: 0, ...output }),
    (error: { code: number; stdout: string; stderr: string }) => error,
  )
  return { code: ended.code, said: `${ended.stdout}${ended.stderr}` }
}

test('nothing found is 0', async () => {
  const { code, said } = await audit({})
  expect([code, said]).toEqual([
    0,
    expect.stringMatching(/^No known vulnerabilities in \d{3,} packages\.\n$/),
  ])
})

test('a finding is 1, and says what it is', async () => {
  const advisory = {
    id: 1,
    url: 'https://github.com/advisories/GHSA-test',
    title: 'Everything is wrong',
    severity: 'high',
    vulnerable_versions: '<999.0.0',
    cwe: [],
    cvss: { score: 7, vectorString: null },
  }
  const { code, said } = await audit({ jschardet: [advisory] })
  expect(code).toBe(1)
  expect(said).toContain(
    'high: jschardet * (1 installed): Everything is wrong https://github.com/advisories/GHSA-test',
  )
})

test.each([405, 500, null])('a registry that cannot be asked (%s) is 2, and no finding', async (answer) => {
  const { code, said } = await audit(answer)
  expect(code).toBe(2)
  expect(said).toMatch(/^The audit could not be made, so nothing is known: ./)
})

test('the bill of materials is CycloneDX and has what is installed in a container, with versions and licenses', async () => {
  // As npm does for `npm run sbom`, whose output npm does not touch.
  const { stdout } = await run('npm', ['run', '--silent', 'sbom'], { cwd: ROOT, maxBuffer: 1e8 })
  const bill = JSON.parse(stdout)
  const read = (name: string) => JSON.parse(readFileSync(join(ROOT, name), 'utf8'))
  const { dependencies, devDependencies } = read('package.json')
  const { packages: lock } = read('package-lock.json')
  expect(bill).toMatchObject({ bomFormat: 'CycloneDX', specVersion: '1.5' })
  const names = bill.components.map(({ name }: { name: string }) => name)
  expect(names).toEqual(expect.arrayContaining(Object.keys(dependencies)))
  const versions = new Set(
    bill.components.map((one: { name: string; version: string }) => `${one.name}@${one.version}`),
  )
  for (const name of Object.keys(devDependencies)) {
    const { version, dev = false } = lock[`node_modules/${name}`]
    if (dev) expect(versions).not.toContain(`${name}@${version}`)
  }
  expect(names).not.toContain('vitest')
  expect(bill.metadata.component).toMatchObject({ name: 'carillon', type: 'application' })
  for (const { purl, version } of bill.components) expect(purl).toContain(`@${version}`)
})

import { Agent, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pino } from 'pino'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createCampaign } from '../../support/factories.ts'
import { until } from '../../support/until.ts'
import { allRows, startApp, type TestApp } from '../start-app.ts'

const CSV = { 'content-type': 'text/csv' }
const NDJSON = { 'content-type': 'application/x-ndjson' }
const IPHONE = { externalId: 'anna', platform: 'ios' }

const importCsv = (api: TestApp, body: string | Buffer, query = '') =>
  api.call('POST', `/v1/devices/import${query}`, body, { headers: CSV })

async function devicesOf({ pool }: TestApp) {
  const { rows } = await pool.query(
    `SELECT d.address, m.external_id AS member, d.platform, d.state, m.locale, m.timezone, m.attributes,
       m.opted_out_at IS NOT NULL AS opted_out
     FROM devices d JOIN members m ON m.id = d.member_id ORDER BY d.address`,
  )
  return rows
}

describe('one device', () => {
  test('is registered, refreshed, moved and forgotten, and every answer says which', async () => {
    const api = await startApp()
    const put = (body: object) => api.call('PUT', '/v1/devices/c1%3AAPA91b', body, { as: 'operator' })
    const all = {
      ...IPHONE,
      locale: 'de_at',
      timezone: 'Europe/Vienna',
      attributes: { plan: 'pro' },
      optedOut: true,
    }
    expect(await put(all)).toMatchObject({ status: 201, json: { result: 'created', externalId: 'anna' } })
    expect(await put(IPHONE)).toMatchObject({ status: 200, json: { result: 'updated' } })
    const kept = {
      address: 'c1:APA91b',
      member: 'anna',
      locale: 'de-AT',
      attributes: { plan: 'pro' },
      opted_out: true,
    }
    expect(await devicesOf(api)).toMatchObject([kept])
    await put({ ...IPHONE, locale: null, attributes: {}, optedOut: false })
    expect(await devicesOf(api)).toMatchObject([
      { locale: null, attributes: {}, opted_out: false, timezone: 'Europe/Vienna' },
    ])
    expect(await put({ ...IPHONE, externalId: 'bert' })).toMatchObject({
      status: 200,
      json: { result: 'moved' },
    })
    expect(await devicesOf(api)).toMatchObject([{ member: 'bert' }])
    expect((await api.call('DELETE', '/v1/devices/c1%3AAPA91b')).status).toBe(204)
    expect(await devicesOf(api)).toEqual([])
    const gone = await api.call('DELETE', '/v1/devices/c1%3AAPA91b')
    expect(gone.json).toMatchObject({ status: 404, code: 'device_not_found' })
    expect(gone.text).not.toContain('c1:APA91b')
  })

  test('is registered and forgotten with its address in the body, as with it in the path, and no log has it', async () => {
    const lines: string[] = []
    const log = pino({ level: 'trace' }, { write: (line) => void lines.push(line) })
    const api = await startApp({}, { log })
    const address = 'c1:APA91b-planted'
    const post = (name: string, body: object) =>
      api.call('POST', `/v1/devices/${name}`, { address, ...body }, { as: 'operator' })
    expect(await post('register', IPHONE)).toMatchObject({ status: 201, json: { result: 'created' } })
    expect(await devicesOf(api)).toMatchObject([{ address, member: 'anna', platform: 'ios' }])
    const put = (body: object) => api.call('PUT', `/v1/devices/${encodeURIComponent(address)}`, body)
    expect(await put(IPHONE)).toMatchObject({ status: 200, json: { result: 'updated' } })
    const moved = await post('register', { ...IPHONE, externalId: 'bert' })
    expect(moved).toMatchObject({ status: 200, json: { result: 'moved', externalId: 'bert' } })
    const wrong = await post('register', { ...IPHONE, timezone: 'Mars/Olympus' })
    expect(wrong.json).toMatchObject({ code: 'invalid_request', errors: [{ field: '/timezone' }] })
    const id = await createCampaign(api.pool)
    const found = await api.call('POST', `/v1/campaigns/${id}/deliveries/find`, { address, limit: 5 })
    expect(found).toMatchObject({ status: 200, json: { data: [], nextCursor: null } })
    expect((await post('delete', {})).status).toBe(204)
    expect(await devicesOf(api)).toEqual([])
    expect((await post('delete', {})).json).toMatchObject({ status: 404, code: 'device_not_found' })
    expect(lines.length).toBeGreaterThan(5)
    expect(lines.join('')).not.toContain('planted')
  })

  test('is deprecated with its address in the path, and says instead of what', async () => {
    const { paths } = (await (await startApp()).call('GET', '/v1/openapi.json')).json
    for (const method of ['put', 'delete']) {
      expect(paths['/v1/devices/{address}'][method]).toMatchObject({
        deprecated: true,
        description: expect.stringContaining('Use POST /v1/devices/'),
      })
    }
  })

  test('that registers again is alive again', async () => {
    const api = await startApp()
    await api.call('PUT', '/v1/devices/t1', IPHONE)
    await api.pool.query(
      `UPDATE devices SET state = 'gone', gone_at = now(), gone_code = 1, last_seen_at = '2020-01-01'`,
    )
    await api.call('PUT', '/v1/devices/t1', IPHONE)
    const { rows } = await api.pool.query(
      `SELECT state, gone_at, gone_code, last_seen_at > now() - interval '1 minute' AS seen FROM devices`,
    )
    expect(rows).toEqual([{ state: 'active', gone_at: null, gone_code: null, seen: true }])
  })

  test('says which address it had, and what kind this one is', async () => {
    const api = await startApp()
    const fid = 'cInstallationId_012345'
    await api.call('PUT', '/v1/devices/t1', IPHONE)
    const answer = await api.call('PUT', `/v1/devices/${fid}`, {
      ...IPHONE,
      replaces: 't1',
      installationId: 'phone-0001',
    })
    expect(answer).toMatchObject({ status: 200, json: { result: 'replaced', kind: 'fid' } })
    const late = await api.call('PUT', '/v1/devices/t1', IPHONE)
    expect(late).toMatchObject({ status: 200, json: { result: 'retired', kind: 'token' } })
    // Eleven characters: those of the time before installation ids. Nobody can tell them by their form.
    const old = await api.call('PUT', '/v1/devices/cOldKind-11', { ...IPHONE, kind: 'fid', replaces: null })
    expect(old.json).toMatchObject({ result: 'created', kind: 'fid' })
    await api.call('PUT', '/v1/devices/cOldKind-11', IPHONE)
    const { rows } = await api.pool.query(
      'SELECT address, kind, state, installation_id AS installation FROM devices ORDER BY id',
    )
    expect(rows).toEqual([
      { address: fid, kind: 'fid', state: 'active', installation: 'phone-0001' },
      { address: 't1', kind: 'token', state: 'gone', installation: null },
      { address: 'cOldKind-11', kind: 'fid', state: 'active', installation: null },
    ])
  })

  test.each([
    ['kind', 'apns', 'token, fid'],
    ['consentAt', '2026-13-01T00:00:00Z', 'a time with its offset'],
    ['consentAt', '2026-05-01T00:00:00', 'a time with its offset'],
    ['consentAt', '2199-01-01T00:00:00Z', 'a past time'],
    ['replaces', 'two words', 'without spaces'],
    ['installationId', 'short', '8 to 255'],
    ['installationId', '00000000-0000-0000-0000-000000000000', 'different for each phone'],
  ])('is refused with the %s %s', async (name, value, says) => {
    const api = await startApp()
    const answer = await api.call('PUT', '/v1/devices/t1', { ...IPHONE, [name]: value })
    expect(answer.json).toMatchObject({ status: 400, code: 'invalid_request' })
    expect(answer.json.errors).toMatchObject([{ field: `/${name}` }])
    if (name !== 'kind') expect(answer.json.detail).toContain(says)
  })

  test('writes down who said what about consent, and when', async () => {
    const api = await startApp()
    const body = { ...IPHONE, optedOut: true, consentAt: '2026-05-01T09:00:00+09:00' }
    await api.call('PUT', '/v1/devices/t1', body, { as: 'operator' })
    const { rows } = await api.pool.query(
      `SELECT consent_at, consent_source, k.name FROM members JOIN api_keys k ON k.id = consent_by`,
    )
    expect(rows).toEqual([
      {
        consent_at: new Date('2026-05-01T00:00:00Z'),
        consent_source: 'registration',
        name: expect.any(String),
      },
    ])
  })

  test('registered by many requests at once is one row', async () => {
    const api = await startApp()
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, n) =>
        api.call('PUT', '/v1/devices/t1', { ...IPHONE, externalId: `m${n % 3}` }),
      ),
    )
    expect(answers.map(({ status }) => status).every((status) => status === 200 || status === 201)).toBe(true)
    expect(await devicesOf(api)).toHaveLength(1)
  })

  test('has a token as long as an index row allows, and no longer', async () => {
    const api = await startApp()
    expect((await api.call('PUT', `/v1/devices/${'x'.repeat(2048)}`, IPHONE)).status).toBe(201)
    const before = await allRows(api.pool)
    const answer = await api.call('PUT', `/v1/devices/${'y'.repeat(2049)}`, IPHONE)
    expect(answer.json).toMatchObject({
      status: 400,
      code: 'invalid_request',
      errors: [{ field: '/address' }],
    })
    expect(await allRows(api.pool)).toEqual(before)
  })
})

describe('the import', () => {
  test('takes CSV: columns in any order, quotes, empty fields, a BOM and CRLF', async () => {
    const api = await startApp()
    const file =
      '\ufeffplatform,address,externalId,attributes,optedOut,locale\r\n' +
      'ios,t1,anna,"{""plan"":""pro"",""n"":1}",true,de-de\r\n' +
      '\r\n' +
      'android,t2,"b,ert",,,\r\n' +
      'web,t3,anna,,false,'
    const answer = await importCsv(api, file)
    expect(answer).toMatchObject({
      status: 200,
      json: { lines: 3, accepted: 3, created: 3, rejected: 0, rejectedLines: [] },
    })
    expect(await devicesOf(api)).toMatchObject([
      {
        address: 't1',
        member: 'anna',
        platform: 'ios',
        locale: 'de-DE',
        attributes: { plan: 'pro', n: 1 },
        // Of several rows of one member, an opt-out wins.
        opted_out: true,
      },
      { address: 't2', member: 'b,ert', platform: 'android', attributes: {} },
      { address: 't3', member: 'anna', platform: 'web' },
    ])
  })

  test('takes a JSON object a line', async () => {
    const api = await startApp()
    const lines = [
      { address: 't1', externalId: 'anna', platform: 'ios', attributes: { a: [1] }, timezone: 'Asia/Tokyo' },
      { address: 't2', externalId: 'bert', platform: 'web', optedOut: true },
    ]
    const file = `${lines.map((line) => JSON.stringify(line)).join('\n')}\n`
    const answer = await api.call('POST', '/v1/devices/import', file, { headers: NDJSON })
    expect(answer.json).toMatchObject({ lines: 2, created: 2 })
    expect(await devicesOf(api)).toMatchObject([
      { address: 't1', timezone: 'Asia/Tokyo', attributes: { a: [1] } },
      { address: 't2', opted_out: true },
    ])
  })

  test('again changes nothing and says so; other members and platforms are told apart', async () => {
    const api = await startApp()
    const head = 'address,externalId,platform\n'
    await importCsv(api, `${head}t1,anna,ios\nt2,bert,web\nt3,carl,web\n`)
    const before = await allRows(api.pool)
    const same = await importCsv(api, `${head}t1,anna,ios\nt2,bert,web\nt3,carl,web\n`)
    expect(same.json).toMatchObject({ created: 0, updated: 3, moved: 0 })
    expect(await allRows(api.pool)).toEqual(before)
    const other = await importCsv(api, `${head}t1,dora,ios\nt2,bert,android\nt4,anna,ios\n`)
    expect(other.json).toMatchObject({ created: 1, updated: 1, moved: 1 })
    expect(await devicesOf(api)).toMatchObject([
      { address: 't1', member: 'dora' },
      { address: 't2', platform: 'android' },
      { address: 't3' },
      { address: 't4', member: 'anna' },
    ])
  })

  test('of the same token twice, the later line counts', async () => {
    const api = await startApp()
    const answer = await importCsv(api, 'address,externalId,platform\nt1,anna,ios\nt1,bert,web\n')
    expect(answer.json).toMatchObject({ lines: 2, accepted: 2, created: 1, repeated: 1, moved: 0 })
    expect(await devicesOf(api)).toMatchObject([{ address: 't1', member: 'bert', platform: 'web' }])
  })

  test('a dead token stays dead unless it is revived, or comes under another member', async () => {
    const api = await startApp()
    const head = 'address,externalId,platform\n'
    await importCsv(api, `${head}t1,anna,ios\nt2,bert,ios\n`)
    // Seen long ago, so that the import writes the row.
    await api.pool.query(
      `UPDATE devices SET state = 'gone', gone_at = now(), gone_code = 1, last_seen_at = now() - interval '2 days'`,
    )
    await importCsv(api, `${head}t1,anna,ios\nt2,carl,ios\n`)
    expect((await devicesOf(api)).map(({ state }) => state)).toEqual(['gone', 'active'])
    await importCsv(api, `${head}t1,anna,ios\n`, '?revive=true')
    expect((await devicesOf(api)).map(({ state }) => state)).toEqual(['active', 'active'])
  })

  test('reports every line it cannot use by number, and stores the rest', async () => {
    const api = await startApp()
    const file = Buffer.concat([
      Buffer.from('address,externalId,platform,attributes\n'),
      Buffer.from('t1,anna,ios,\n'),
      Buffer.from(`t2,bert,ios,${'x'.repeat(1_000_000)}\n`),
      Buffer.from('ExponentPushToken[abcdefghijklmnopqrstuv],carl,ios,\n'),
      Buffer.from('t4,dora,windows,\n'),
      Buffer.from('t5,emil\n'),
      Buffer.from('"t6,fritz,ios,\n'),
      Buffer.from('t 7,gabi,ios,\n'),
      Buffer.from(',hans,ios,\n'),
      Buffer.from('t9,,ios,\n'),
      Buffer.from('t10,NULL,ios,\n'),
      Buffer.from('t11,1.23457E+11,ios,\n'),
      Buffer.from('t12,karl,ios,"{}"\n'),
      Buffer.from('t13,lisa\u0007,ios,'),
    ])
    const answer = await importCsv(api, file)
    expect(answer.json).toMatchObject({
      lines: 13,
      accepted: 2,
      created: 2,
      rejected: 11,
      rejectedTruncated: false,
    })
    expect(
      answer.json.rejectedLines.map(({ line, code }: { line: number; code: string }) => [line, code]),
    ).toEqual([
      [3, 'line_too_long'],
      [4, 'expo_token'],
      [5, 'invalid_platform'],
      [6, 'invalid_csv'],
      [7, 'invalid_csv'],
      [8, 'invalid_address'],
      [9, 'invalid_address'],
      [10, 'invalid_external_id'],
      [11, 'empty_word'],
      [12, 'ruined_number'],
      [14, 'invalid_external_id'],
    ])
    expect(answer.json.rejectedLines[2].reason).toContain('"windows"')
    expect(await devicesOf(api)).toMatchObject([{ address: 't1' }, { address: 't12' }])
  })

  test('reports lines of NDJSON the same way', async () => {
    const api = await startApp()
    const good = '{"address":"t1","externalId":"a","platform":"ios"}'
    const file = [
      good,
      '{"address":',
      '[1]',
      good.replace('}', ',"tokn":1}'),
      good.replace('"ios"', '5'),
    ].join('\n')
    const answer = await api.call('POST', '/v1/devices/import', file, { headers: NDJSON })
    expect(
      answer.json.rejectedLines.map(({ line, code }: { line: number; code: string }) => [line, code]),
    ).toEqual([
      [2, 'invalid_json'],
      [3, 'invalid_json'],
      [5, 'invalid_platform'],
    ])
    expect(answer.json.found.ignored).toEqual(['tokn'])
  })

  test('keeps the first thousand rejected lines and counts the others', async () => {
    const api = await startApp()
    const answer = await importCsv(api, `token,externalId,platform\n${',m1,ios\n'.repeat(1_500)}`)
    expect(answer.json).toMatchObject({ rejected: 1_500, rejectedTruncated: true })
    expect(answer.json.rejectedLines).toHaveLength(1_000)
  })

  test.each([
    ['no header at all', '', 'has no line'],
    ['a missing column', 'token,platform\nt1,ios\n', '"externalId"'],
    ['a column twice', 'token,externalId,platform,fcm_token\n', '"fcm_token"'],
    ['no header but data', 't1,anna,ios\n', 'looks like a device'],
  ])('%s is refused and stores nothing', async (_, file, says) => {
    const api = await startApp()
    const before = await allRows(api.pool)
    const answer = await importCsv(api, file)
    expect(answer.json).toMatchObject({ status: 400, code: 'invalid_csv_header' })
    expect(answer.json.detail).toContain(says)
    expect(await allRows(api.pool)).toEqual(before)
  })

  test.each([
    { 'content-type': 'text/html' },
    { 'content-type': 'application/zip' },
    { 'content-type': 'text/csv; charset=klingon' },
    { 'content-type': 'text/csv', 'content-encoding': 'br' },
    { 'content-type': 'text/csvx' },
    { 'content-type': '' },
  ])('headers %j are refused', async (headers) => {
    const api = await startApp()
    const answer = await api.call('POST', '/v1/devices/import', 'address,externalId,platform\nt1,a,ios\n', {
      headers,
    })
    expect(answer.json).toMatchObject({ status: 415, code: 'unsupported_media_type' })
    expect(await devicesOf(api)).toEqual([])
  })

  test('no body at all is refused', async () => {
    const api = await startApp()
    const answer = await api.call('POST', '/v1/devices/import')
    expect(answer.json).toMatchObject({ status: 415, code: 'unsupported_media_type' })
  })

  test('over its limit it is refused before it is read, and stopped while it is', async () => {
    const api = await startApp({ IMPORT_LIMIT_BYTES: 1024 })
    const file = `address,externalId,platform\n${'t1,anna,ios\n'.repeat(200)}`
    const known = await importCsv(api, file)
    expect(known.json).toMatchObject({ status: 413, code: 'body_too_large' })
    expect(await devicesOf(api)).toEqual([])
    const { status, body } = await upload(api, async (send) => {
      for (const line of file.split(/(?<=\n)/)) await send(line)
    })
    expect(status).toBe(413)
    expect(JSON.parse(body)).toMatchObject({ code: 'body_too_large' })
  })

  test('a wrong header is answered while the client is still sending, and the connection goes on', async () => {
    const api = await startApp()
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    onTestFinished(() => agent.destroy())
    const nonsense = async (send: (text: string) => Promise<void>) => {
      await send('nonsense\n')
      for (let n = 0; n < 100; n += 1) await send(`t${n},a,ios\n`.repeat(2_000))
    }
    const first = await upload(api, nonsense, agent)
    expect(first.status).toBe(400)
    expect(JSON.parse(first.body)).toMatchObject({ code: 'invalid_csv_header' })
    const second = await upload(api, (send) => send('address,externalId,platform\nt1,anna,ios\n'), agent)
    expect(JSON.parse(second.body)).toMatchObject({ created: 1 })
    expect(second.socket).toBe(first.socket)
  })

  test('a client that goes away leaves what was stored', async () => {
    // One may still be at its end when the next begins.
    const api = await startApp({ DATABASE_POOL_SIZE: 13, HTTP_IMPORTS: 3 })
    // Longer together than what a list is judged by, before which nothing is stored.
    const lines = Array.from({ length: 9_000 }, (_, n) => `t${n},m${n},ios,${'x'.repeat(150)}\n`)
    await expect(
      upload(api, async (send, abort) => {
        await send(`token,externalId,platform,note\n${lines.join('')}`)
        await until(async () => (await devicesOf(api)).length >= 4_000, { what: 'a chunk is stored' })
        abort()
      }),
    ).rejects.toThrow()
    await until(async () => (await api.pool.query(`SELECT count(*) AS n FROM devices`)).rows[0].n >= 4_000, {
      what: 'what was stored is there',
    })
    const rest = await importCsv(api, `token,externalId,platform,note\n${lines.join('')}`)
    expect(rest.json).toMatchObject({ lines: 9_000, accepted: 9_000, moved: 0 })
    expect(await devicesOf(api)).toHaveLength(9_000)
  })

  test('two imports of the same members at once both succeed', async () => {
    const api = await startApp({ DATABASE_POOL_SIZE: 13, HTTP_IMPORTS: 3 })
    const file = (reverse: boolean) => {
      const lines = Array.from({ length: 3_000 }, (_, n) =>
        `t${n},m${n % 700},ios,l${n % 2 ? 'de' : 'en'}`.replace(',l', ','),
      )
      return `address,externalId,platform,locale\n${(reverse ? lines.toReversed() : lines).join('\n')}\n`
    }
    const answers = await Promise.all([
      importCsv(api, file(false)),
      importCsv(api, file(true)),
      importCsv(api, file(false)),
    ])
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
    expect(await devicesOf(api)).toHaveLength(3_000)
  })
})

/** Over a socket, chunk by chunk without a length: what inject cannot do. */
async function upload(
  api: TestApp,
  write: (send: (text: string) => Promise<void>, abort: () => void) => Promise<void>,
  agent: Agent | false = false,
): Promise<{ status: number; body: string; socket: unknown }> {
  if (!api.app.server.listening) await api.app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = api.app.server.address() as AddressInfo
  const client = request({
    host: '127.0.0.1',
    port,
    method: 'POST',
    path: '/v1/devices/import',
    headers: { ...CSV, authorization: `Bearer ${api.keys.operator}` },
    agent,
  })
  const answered = new Promise<{ status: number; body: string; socket: unknown }>((resolve, reject) => {
    client.on('error', reject)
    client.on('response', async (response) => {
      const { socket } = response
      let body = ''
      for await (const piece of response) body += piece
      resolve({ status: response.statusCode ?? 0, body, socket })
    })
  })
  answered.catch(() => {})
  const send = (text: string) => new Promise<void>((sent) => client.write(text, () => sent()))
  await write(send, () => client.destroy())
  client.end()
  return answered
}

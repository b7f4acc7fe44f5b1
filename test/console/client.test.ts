import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { call, get, pathOf } from '../../console/src/api/client.ts'
import { ApiProblem } from '../../console/src/api/problem.ts'
import { createQueryClient } from '../../console/src/api/query-client.ts'
import { answerWith } from '../../console/src/api/reauthenticate.ts'

afterEach(() => vi.unstubAllGlobals())

const answering = (response: () => Response | Promise<Response>) => {
  const asked: [string, RequestInit][] = []
  vi.stubGlobal('fetch', async (path: string, init: RequestInit) => {
    asked.push([path, init])
    return response()
  })
  return asked
}

async function problemOf(promise: Promise<unknown>): Promise<ApiProblem> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(ApiProblem)
  return error as ApiProblem
}

describe('the client of the API', () => {
  test('leaves out what is empty, and escapes the rest', () => {
    expect(pathOf('/v1/campaigns', { state: '', search: 'a&b=ü', cursor: null, limit: 25 })).toBe(
      '/v1/campaigns?search=a%26b%3D%C3%BC&limit=25',
    )
    expect(pathOf('/v1/campaigns')).toBe('/v1/campaigns')
  })

  test('a problem keeps its code, its sentence, its fields and the request id', async () => {
    const body = {
      code: 'schedule_in_past',
      detail: 'scheduledAt is past.',
      errors: [{ field: '/scheduledAt', problem: 'is in the past' }],
      requestId: 'r-1',
    }
    answering(
      () =>
        new Response(JSON.stringify(body), {
          status: 400,
          headers: { 'content-type': 'application/problem+json' },
        }),
    )
    const problem = await problemOf(get('/v1/campaigns'))
    expect(problem).toMatchObject({
      status: 400,
      code: 'schedule_in_past',
      detail: 'scheduledAt is past.',
      requestId: 'r-1',
    })
    expect(problem.fields).toEqual(body.errors)
  })

  test('the page of a proxy is no sentence for a person, but the request id is kept', async () => {
    answering(
      () =>
        new Response('<h1>Bad gateway</h1>', {
          status: 502,
          headers: { 'content-type': 'text/html', 'x-request-id': 'r-2', 'retry-after': '7' },
        }),
    )
    const problem = await problemOf(get('/v1/campaigns'))
    expect(problem).toMatchObject({
      status: 502,
      code: 'not_a_problem',
      detail: null,
      requestId: 'r-2',
      retryAfterSeconds: 7,
    })
  })

  test('no answer at all is a problem too', async () => {
    answering(() => Promise.reject(new TypeError('Failed to fetch')))
    expect((await problemOf(get('/v1/campaigns'))).code).toBe('unreachable')
  })

  test('what was given up by us is not a problem of the server', async () => {
    const stop = AbortSignal.abort(new Error('left the page'))
    answering(() => Promise.reject(stop.reason))
    await expect(get('/v1/campaigns', {}, stop)).rejects.toBe(stop.reason)
  })

  test('a press of a button sends its key; a body is JSON; 204 is nothing', async () => {
    const asked = answering(() => new Response(null, { status: 204 }))
    expect(await call('POST', '/v1/x', { body: { only: 'failed' }, idempotencyKey: 'k' })).toBeUndefined()
    const [path, init] = asked[0]!
    expect(path).toBe('/v1/x')
    expect(init).toMatchObject({ method: 'POST', credentials: 'same-origin', body: '{"only":"failed"}' })
    expect(init.headers).toMatchObject({ 'idempotency-key': 'k', 'content-type': 'application/json' })
  })

  test('without a body there is no content type: the API takes an empty one', async () => {
    const asked = answering(() => new Response('{}', { status: 200 }))
    await call('POST', '/v1/x')
    expect(asked[0]![1].headers).not.toHaveProperty('content-type')
  })

  test('an answer that breaks off is no fault of the console', async () => {
    answering(
      () =>
        new Response(
          new ReadableStream({
            start(controller) {
              controller.enqueue(new TextEncoder().encode('{"data":'))
              controller.error(new TypeError('network error'))
            },
          }),
        ),
    )
    expect((await problemOf(get('/v1/campaigns'))).code).toBe('unreachable')
  })

  test('who has not answered in time is not asked again at once; a broken connection is', () => {
    const { retry } = createQueryClient(() => {}).getDefaultOptions().queries ?? {}
    const mayRetry = (code: string) =>
      typeof retry === 'function' && retry(0, new ApiProblem({ status: 0, code }))
    expect(mayRetry('no_answer')).toBe(false)
    expect(mayRetry('unreachable')).toBe(true)
  })
})

describe('a deed that the server wants the password for', () => {
  const refusal = () =>
    new Response(JSON.stringify({ code: 'reauthenticate', detail: 'Again.' }), { status: 403 })

  test('is sent again once it has been given, and two at once ask once', async () => {
    let isGiven = false
    let asked = 0
    answerWith(async () => {
      asked += 1
      isGiven = true
      return true
    })
    onTestFinished(() => answerWith(null))
    const sent = answering(() => (isGiven ? new Response('{"id":"1"}') : refusal()))
    const body = { name: 'x' }
    const made = await Promise.all([call('POST', '/v1/users', { body }), call('POST', '/v1/users', { body })])
    expect(made).toEqual([{ id: '1' }, { id: '1' }])
    expect(asked).toBe(1)
    expect(sent.map(([, { body: text }]) => text)).toEqual(Array(4).fill('{"name":"x"}'))
  })

  test('is refused if it is not given, or if nobody can be asked', async () => {
    const sent = answering(refusal)
    expect((await problemOf(call('POST', '/v1/users'))).code).toBe('reauthenticate')
    answerWith(async () => false)
    onTestFinished(() => answerWith(null))
    expect((await problemOf(call('POST', '/v1/users'))).code).toBe('reauthenticate')
    expect(sent).toHaveLength(2)
  })
})

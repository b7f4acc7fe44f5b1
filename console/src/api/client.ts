/**
 * The only place that calls the API. The session cookie goes along by itself; every failure, the network's too, is an
 * ApiProblem. What a GET answered before is asked for again with its ETag by the browser's own cache.
 */
import { ApiProblem, problemOf } from './problem.ts'

export type Query = Record<string, string | number | boolean | null | undefined>

/** "/v1/campaigns" and {state: "sending"} → "/v1/campaigns?state=sending". What is empty is left out. */
export function pathOf(path: string, query: Query = {}): string {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== '') search.set(name, String(value))
  }
  return search.size === 0 ? path : `${path}?${search}`
}

/** A read that takes longer will not come; counting a large audience may take ten. */
const READ_SECONDS = 15
/** A deed may wait for a lock, and is not to be given up lightly: it may have been done. */
const DEED_SECONDS = 60

export function get<T>(path: string, query?: Query, signal?: AbortSignal): Promise<T> {
  return call<T>('GET', pathOf(path, query), { ...(signal && { signal }) })
}

interface Extra {
  body?: unknown
  ifMatch?: string
  /** Repeated with the same key, a POST is done once: take one for each press of a button, not for each try. */
  idempotencyKey?: string
  signal?: AbortSignal
}

export async function call<T>(
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  path: string,
  extra: Extra = {},
): Promise<T> {
  return (await callForResponse<T>(method, path, extra)).body
}

/** With the headers, for those who need the ETag. */
export async function callForResponse<T>(
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  path: string,
  { body, ifMatch, idempotencyKey, signal }: Extra = {},
): Promise<{ body: T; etag: string | null }> {
  const headers: Record<string, string> = { accept: 'application/json' }
  if (body !== undefined) headers['content-type'] = 'application/json'
  if (ifMatch !== undefined) headers['if-match'] = ifMatch
  if (idempotencyKey !== undefined) headers['idempotency-key'] = idempotencyKey
  const tooLate = AbortSignal.timeout((method === 'GET' ? READ_SECONDS : DEED_SECONDS) * 1_000)
  const response = await fetch(path, {
    method,
    headers,
    credentials: 'same-origin',
    ...(body !== undefined && { body: JSON.stringify(body) }),
    signal: signal ? AbortSignal.any([signal, tooLate]) : tooLate,
  }).catch((cause: unknown) => {
    if (signal?.aborted) throw cause
    throw new ApiProblem({ status: 0, code: tooLate.aborted ? 'no_answer' : 'unreachable', cause })
  })
  if (!response.ok) throw await problemOf(response)
  const value = (response.status === 204 ? undefined : await response.json()) as T
  return { body: value, etag: response.headers.get('etag') }
}

/**
 * The only place that calls the API. The browser sends the session cookie. Every failure, network errors included, is
 * an ApiProblem. Repeated GETs are revalidated with their ETag by the browser's cache.
 */
import { ApiProblem, problemOf } from './problem.ts'
import { askAgain } from './reauthenticate.ts'
import { serverWatch } from './server-watch.ts'

export type Query = Record<string, string | number | boolean | null | undefined>

/** "/v1/campaigns" and {state: "sending"} → "/v1/campaigns?state=sending". Empty values are left out. */
export function pathOf(path: string, query: Query = {}): string {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== '') search.set(name, String(value))
  }
  return search.size === 0 ? path : `${path}?${search}`
}

/** Counting a large audience may take ten seconds; slower reads are given up. */
const READ_SECONDS = 15
/** Longer than for reads: a change may wait for a lock, and after a timeout it is unknown whether it happened. */
const CHANGE_SECONDS = 60

export function get<T>(path: string, query?: Query, signal?: AbortSignal): Promise<T> {
  return call<T>('GET', pathOf(path, query), { ...(signal && { signal }) })
}

interface Extra {
  body?: unknown
  /** Sent as it is, instead of a body. */
  file?: Blob
  ifMatch?: string
  /** A POST repeated with the same key takes effect once: use one key per click, not per attempt. */
  idempotencyKey?: string
  signal?: AbortSignal
  /** It is still sent when the page is left. */
  keepalive?: boolean
}

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

export async function call<T>(method: Method, path: string, extra: Extra = {}): Promise<T> {
  return (await callForResponse<T>(method, path, extra)).body
}

/** For callers that need the ETag. What the server wants the password for is asked for, and then sent again. */
export async function callForResponse<T>(
  method: Method,
  path: string,
  extra: Extra = {},
): Promise<{ body: T; etag: string | null }> {
  try {
    return await send<T>(method, path, extra)
  } catch (error) {
    // Nothing was changed by the first one.
    if (!(error instanceof ApiProblem) || error.code !== 'reauthenticate' || !(await askAgain())) throw error
    return send<T>(method, path, extra)
  }
}

async function send<T>(
  method: Method,
  path: string,
  { body, file, ifMatch, idempotencyKey, signal, keepalive }: Extra,
): Promise<{ body: T; etag: string | null }> {
  const headers: Record<string, string> = { accept: 'application/json' }
  if (body !== undefined) headers['content-type'] = 'application/json'
  if (file !== undefined) headers['content-type'] = file.type
  if (ifMatch !== undefined) headers['if-match'] = ifMatch
  if (idempotencyKey !== undefined) headers['idempotency-key'] = idempotencyKey
  serverWatch.asked()
  const tooLate = AbortSignal.timeout((method === 'GET' ? READ_SECONDS : CHANGE_SECONDS) * 1_000)
  const failed = (cause: unknown): never => {
    if (signal?.aborted) throw cause
    throw new ApiProblem({ status: 0, code: tooLate.aborted ? 'no_answer' : 'unreachable', cause })
  }
  const response = await fetch(path, {
    method,
    headers,
    credentials: 'same-origin',
    ...(body !== undefined && { body: JSON.stringify(body) }),
    ...(file !== undefined && { body: file }),
    ...(keepalive === true && { keepalive }),
    signal: signal ? AbortSignal.any([signal, tooLate]) : tooLate,
  }).catch(failed)
  if (!response.ok) {
    const problem = await problemOf(response)
    // The page of a proxy is no answer of the server.
    if (problem.code !== 'not_a_problem') serverWatch.answered()
    throw problem
  }
  // The server may be gone before its answer is complete.
  const value = (response.status === 204 ? undefined : await response.json().catch(failed)) as T
  serverWatch.answered()
  return { body: value, etag: response.headers.get('etag') }
}

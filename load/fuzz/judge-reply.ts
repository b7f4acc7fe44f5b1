/** Holds one answer against what every answer must be, whatever was asked. */
import type { Exchange } from './connection.ts'
import type { FuzzRequest } from './make-request.ts'

/** What is wrong with it, as a sentence; null when nothing is. */
export function judgeReply({ method, mayClose }: FuzzRequest, reply: Exchange): string | null {
  if (reply === 'closed') return mayClose ? null : 'the connection was closed without an answer'
  if (reply === 'hung') return 'no answer came in time'
  const { status, headers, body } = reply
  if (status >= 500) return `the answer is ${status}: ${body.toString().slice(0, 300)}`
  if (status < 400) return null
  if (!headers['content-type']?.startsWith('application/problem+json')) {
    return `the answer is ${status} and no problem+json, but ${headers['content-type']}: ${body.toString().slice(0, 200)}`
  }
  if (method === 'HEAD') return null
  const problem = parsed(body)
  if (problem?.status !== status) return `the problem says ${problem?.status} and the answer ${status}`
  for (const field of ['code', 'title', 'detail', 'requestId'] as const) {
    if (typeof problem[field] !== 'string' || problem[field] === '') return `the problem has no "${field}"`
  }
  if (problem.requestId !== headers['x-request-id']) return 'the requestId is not the one in the header'
  // A sentence for a person: what was sent may be megabytes.
  if (body.length > 20_000) return `the problem has ${body.length} bytes`
  return null
}

function parsed(body: Buffer): Record<string, unknown> | null {
  try {
    return JSON.parse(body.toString())
  } catch {
    return null
  }
}

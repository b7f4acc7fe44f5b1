/**
 * Uploads a file of devices. Uses XMLHttpRequest, because fetch does not report upload progress. The server reads no
 * faster than it stores, so the bytes sent are the bytes read, apart from a buffer.
 */
import type { Static } from 'typebox'
import type { ImportReply } from '../../../src/api/devices/device-schemas.ts'
import { pathOf } from './client.ts'
import { ApiProblem, problemOf } from './problem.ts'

export type ImportReport = Static<typeof ImportReply>

export interface Upload {
  answer: Promise<ImportReport>
  /** Rejects `answer` with the code "aborted". Rows the server has read by then stay stored. */
  abort(): void
}

export function importDevices(
  file: File,
  {
    format,
    revive,
    onProgress,
  }: { format: 'csv' | 'ndjson'; revive: boolean; onProgress: (sent: number) => void },
): Upload {
  const request = new XMLHttpRequest()
  const answer = new Promise<ImportReport>((resolve, reject) => {
    request.upload.onprogress = ({ loaded }) => onProgress(loaded)
    request.onload = () => {
      if (request.status === 200) resolve(JSON.parse(request.responseText) as ImportReport)
      else problemOf(responseOf(request)).then(reject, reject)
    }
    request.onerror = () => reject(new ApiProblem({ status: 0, code: 'unreachable' }))
    request.onabort = () => reject(new ApiProblem({ status: 0, code: 'aborted' }))
    request.open('POST', pathOf('/v1/devices/import', revive ? { revive } : {}))
    request.setRequestHeader('accept', 'application/json')
    request.setRequestHeader('content-type', format === 'csv' ? 'text/csv' : 'application/x-ndjson')
    request.send(file)
  })
  return { answer, abort: () => request.abort() }
}

function responseOf(request: XMLHttpRequest): Response {
  const headers = new Headers()
  for (const name of ['content-type', 'x-request-id', 'retry-after']) {
    const value = request.getResponseHeader(name)
    if (value !== null) headers.set(name, value)
  }
  return new Response(request.responseText, { status: request.status, headers })
}

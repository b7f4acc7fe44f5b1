/**
 * Uploads a list of devices, to be checked or imported. Uses XMLHttpRequest, because fetch does not report upload progress.
 * The server reads no faster than it stores, so the bytes sent are the bytes read, apart from a buffer.
 */
import type { Static } from 'typebox'
import type { ImportReply } from '../../../src/api/devices/import-schemas.ts'
import type { Encoding } from '../../../src/audience/import/encoding.ts'
import { pathOf } from './client.ts'
import { ApiProblem, problemOf } from './problem.ts'

export type ImportReport = Static<typeof ImportReply>
export type { Encoding }

export interface ImportSettings {
  /** null: told by the server. */
  encoding: Encoding | null
  /** What columns are, where their names do not say so: "theirs:ours,…". */
  map: string
  liftsOptOuts: boolean
  revive: boolean
}

export interface Upload {
  answer: Promise<ImportReport>
  /** Rejects `answer` with the code "aborted". Rows the server has read by then stay stored. */
  abort(): void
}

export function importDevices(
  file: Blob,
  { encoding, map, liftsOptOuts, revive }: ImportSettings,
  { dryRun, onProgress }: { dryRun: boolean; onProgress: (sent: number) => void },
): Upload {
  const request = new XMLHttpRequest()
  const answer = new Promise<ImportReport>((resolve, reject) => {
    request.upload.onprogress = ({ loaded }) => onProgress(loaded)
    request.onload = () => {
      if (request.status === 200) resolve(JSON.parse(request.responseText) as ImportReport)
      else problemOf(responseOf(request)).then(reject, reject)
    }
    request.onerror = async () => {
      const code = (await isReadable(file)) ? 'unreachable' : 'file_unreadable'
      reject(new ApiProblem({ status: 0, code }))
    }
    request.onabort = () => reject(new ApiProblem({ status: 0, code: 'aborted' }))
    const query = {
      ...(dryRun && { dryRun }),
      ...(map !== '' && { map }),
      ...(liftsOptOuts && { optOuts: 'replace' }),
      ...(revive && { revive }),
    }
    request.open('POST', pathOf('/v1/devices/import', query))
    request.setRequestHeader('accept', 'application/json')
    // What the file is, the server tells by its content.
    request.setRequestHeader('content-type', encoding === null ? 'text/csv' : `text/csv; charset=${encoding}`)
    request.send(file)
  })
  return { answer, abort: () => request.abort() }
}

/** A file that was saved again, moved or deleted since it was chosen is not: the browser reports that as a lost connection. */
async function isReadable(file: Blob): Promise<boolean> {
  try {
    await file.slice(0, 1).arrayBuffer()
    return true
  } catch {
    return false
  }
}

function responseOf(request: XMLHttpRequest): Response {
  const headers = new Headers()
  for (const name of ['content-type', 'x-request-id', 'retry-after']) {
    const value = request.getResponseHeader(name)
    if (value !== null) headers.set(name, value)
  }
  return new Response(request.responseText, { status: request.status, headers })
}

/** Runs one import at a time: its progress and its result. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { type ImportReport, importDevices, type Upload } from '../../api/import-devices.ts'
import { ApiProblem } from '../../api/problem.ts'
import type { FileFormat } from './preview-devices.ts'

export type ImportState =
  | { kind: 'idle' }
  | { kind: 'running'; sent: number }
  | { kind: 'done'; report: ImportReport; seconds: number }
  | { kind: 'canceled'; sent: number }
  | { kind: 'failed'; error: unknown }

interface Asked {
  file: File
  format: FileFormat
  revive: boolean
}

export function useImport() {
  const client = useQueryClient()
  const [state, setState] = useState<ImportState>({ kind: 'idle' })
  const upload = useRef<Upload | null>(null)
  const sent = useRef(0)

  const run = useMutation({
    mutationFn: ({ file, format, revive }: Asked) => {
      sent.current = 0
      setState({ kind: 'running', sent: 0 })
      upload.current = importDevices(file, {
        format,
        revive,
        onProgress: (bytes) => {
          sent.current = bytes
          setState({ kind: 'running', sent: bytes })
        },
      })
      return upload.current.answer
    },
    onSettled: () => client.invalidateQueries({ queryKey: ['members'] }),
  })

  // Leaving the page cancels the upload: nobody would see its result.
  useEffect(() => () => upload.current?.abort(), [])

  const start = (file: File, format: FileFormat, revive = false) => {
    const began = performance.now()
    run.mutate(
      { file, format, revive },
      {
        onSuccess: (report) =>
          setState({ kind: 'done', report, seconds: (performance.now() - began) / 1000 }),
        onError: (error) => {
          const isCanceled = error instanceof ApiProblem && error.code === 'aborted'
          setState(isCanceled ? { kind: 'canceled', sent: sent.current } : { kind: 'failed', error })
        },
      },
    )
  }
  return {
    state,
    start,
    cancel: () => upload.current?.abort(),
    reset: () => setState({ kind: 'idle' }),
  }
}

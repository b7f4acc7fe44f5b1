/** Checks and imports one file at a time: the progress and the result of each. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import {
  type ImportReport,
  type ImportSettings,
  importDevices,
  type Upload,
} from '../../api/import-devices.ts'
import { ApiProblem } from '../../api/problem.ts'
import { partToCheck } from './part-to-check.ts'

export type ImportState =
  | { kind: 'idle' }
  | { kind: 'unreadable' }
  | { kind: 'checking'; sent: number; size: number }
  | { kind: 'checked'; report: ImportReport; checkedBytes: number; isWhole: boolean }
  | { kind: 'check-failed'; error: unknown }
  | { kind: 'running'; sent: number; size: number }
  | { kind: 'done'; report: ImportReport; seconds: number }
  | { kind: 'canceled'; sent: number }
  | { kind: 'failed'; error: unknown }

export function useImport() {
  const client = useQueryClient()
  const [state, setState] = useState<ImportState>({ kind: 'idle' })
  const upload = useRef<Upload | null>(null)

  const send = useMutation({
    mutationFn: ({ blob, settings, dryRun }: { blob: Blob; settings: ImportSettings; dryRun: boolean }) => {
      const kind = dryRun ? 'checking' : 'running'
      const size = blob.size
      setState({ kind, sent: 0, size })
      const onProgress = (sent: number) => setState({ kind, sent, size })
      upload.current = importDevices(blob, settings, { dryRun, onProgress })
      return upload.current.answer
    },
    onSettled: (_report, _error, { dryRun }) => {
      if (!dryRun) void client.invalidateQueries({ queryKey: ['members'] })
    },
  })

  // Leaving the page cancels the upload: nobody would see its result.
  useEffect(() => () => upload.current?.abort(), [])

  const check = async (file: File, settings: ImportSettings) => {
    try {
      const { blob, isWhole } = await partToCheck(file)
      const report = await send.mutateAsync({ blob, settings, dryRun: true })
      setState({ kind: 'checked', report, checkedBytes: blob.size, isWhole })
    } catch (error) {
      if (!(error instanceof ApiProblem) || error.code === 'file_unreadable') setState({ kind: 'unreadable' })
      else setState(error.code === 'aborted' ? { kind: 'idle' } : { kind: 'check-failed', error })
    }
  }

  const start = async (file: File, settings: ImportSettings) => {
    const began = performance.now()
    let sent = 0
    try {
      const report = await send.mutateAsync({ blob: file, settings, dryRun: false })
      setState({ kind: 'done', report, seconds: (performance.now() - began) / 1000 })
    } catch (error) {
      const isCanceled = error instanceof ApiProblem && error.code === 'aborted'
      setState((last) => {
        if (last.kind === 'running') sent = last.sent
        return isCanceled ? { kind: 'canceled', sent } : { kind: 'failed', error }
      })
    }
  }

  return {
    state,
    check: (file: File, settings: ImportSettings) => void check(file, settings),
    start: (file: File, settings: ImportSettings) => void start(file, settings),
    cancel: () => upload.current?.abort(),
    reset: () => setState({ kind: 'idle' }),
  }
}

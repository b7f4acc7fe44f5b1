/** A draft is saved on the way out; only what cannot be, or would change what is scheduled, is asked about. */
import { useRef } from 'react'
import { LeaveGuard } from '../../components/leave-guard.tsx'
import { draftTexts } from '../../text/draft-texts.ts'
import { useTextOf } from '../../text/language.tsx'
import { type Draft, isEditable } from './use-draft.ts'

export function LeaveDraft({ draft }: { draft: Draft }) {
  const { draftConflict: text } = useTextOf(draftTexts)
  const now = useRef(draft)
  now.current = draft
  return (
    <LeaveGuard
      isUnsaved={() => !draft.isSaved && !draft.isDone.current}
      shouldAsk={async ({ current, next }) => {
        const { id, isSaved, isDone, isScheduled, saved, save } = now.current
        const nextDraft = (next.search as { draft?: string }).draft
        // Another step, or the address of what has just been saved for the first time.
        if (next.pathname === current.pathname && (nextDraft === undefined ? id === null : nextDraft === id))
          return false
        if (isSaved || isDone.current) return false
        // Sent by somebody else: there is nothing left to save.
        if (saved.conflict !== null && !isEditable(saved.conflict)) return false
        if (isScheduled || saved.conflict !== null) return true
        return await save().then(
          () => false,
          () => true,
        )
      }}
      words={draft.isScheduled ? text.leaveScheduled : text.leave}
    />
  )
}

/** The steps of a draft, which can be opened in any order. */
import { Title } from '@mantine/core'
import { useSearch } from '@tanstack/react-router'
import { type ReactNode, useEffect, useRef, useState } from 'react'
import { Page } from '../../components/page.tsx'
import { PresenceLine } from '../../components/presence-line.tsx'
import { draftTexts } from '../../text/draft-texts.ts'
import { useTextOf } from '../../text/language.tsx'
import { AudienceStep } from './audience-step.tsx'
import { ConflictDialog } from './conflict-dialog.tsx'
import classes from './draft-editor.module.css'
import { nameOf } from './draft-form.ts'
import type { Stored } from './draft-saver.ts'
import { SaveProblem, SaveStatus } from './draft-status.tsx'
import { LeaveDraft } from './leave-draft.tsx'
import { MessageStep } from './message-step.tsx'
import { ReviewStep } from './review-step.tsx'
import { StepList } from './step-list.tsx'
import { STEPS, type Step } from './steps.ts'
import { type Draft, useDraft } from './use-draft.ts'

/** In the review, what others change has to be seen before the button is pressed. */
const LOOK_EVERY_MS = { message: 10_000, audience: 10_000, review: 3_000 }

interface Props {
  stored: Stored | null
  onCreated: (id: string) => void
}

export interface StepProps {
  draft: Draft
  /** The user has left this step before, so missing fields are reported. */
  wasLeft: boolean
}

export function DraftEditor({ stored, onCreated }: Props) {
  const { draft: text } = useTextOf(draftTexts)
  const { step = 'message', day } = useSearch({ from: '/signed-in/campaigns/new' })
  const draft = useDraft({ stored, day, onCreated, lookEveryMs: LOOK_EVERY_MS[step] })
  const left = useLeftSteps(step, stored !== null && stored.campaign.unfinished === null)

  return (
    <Page
      title={stored === null ? text.title : text.editTitle}
      tabTitle={nameOf(draft.form) || text.title}
      aside={<SaveStatus draft={draft} />}
    >
      <PresenceLine id={draft.id} isEditing />
      <StepList draft={draft} step={step} left={left} />
      <SaveProblem draft={draft} />
      <StepBody step={step}>
        <StepOf step={step} draft={draft} wasLeft={left.has(step)} />
      </StepBody>
      <ConflictDialog draft={draft} />
      <LeaveDraft draft={draft} />
    </Page>
  )
}

function StepOf({ step, ...props }: StepProps & { step: Step }) {
  switch (step) {
    case 'message':
      return <MessageStep {...props} />
    case 'audience':
      return <AudienceStep {...props} />
    case 'review':
      return <ReviewStep {...props} />
  }
}

function StepBody({ step, children }: { step: Step; children: ReactNode }) {
  const { draft: text } = useTextOf(draftTexts)
  const heading = useRef<HTMLHeadingElement>(null)
  const shown = useRef(step)
  useEffect(() => {
    if (shown.current === step) return
    shown.current = step
    heading.current?.focus({ preventScroll: true })
    globalThis.scrollTo({ top: 0 })
  }, [step])
  return (
    <section aria-labelledby="step">
      <Title order={2} size="h4" id="step" ref={heading} tabIndex={-1} className={classes.heading}>
        {text.stepOf(STEPS.indexOf(step) + 1, STEPS.length, text.steps[step])}
      </Title>
      {children}
    </section>
  )
}

/** In an existing campaign every step counts as left. */
function useLeftSteps(step: Step, isAll: boolean): ReadonlySet<Step> {
  const [left, setLeft] = useState<ReadonlySet<Step>>(() => new Set(isAll ? STEPS : []))
  const [last, setLast] = useState(step)
  if (last !== step) {
    setLast(step)
    setLeft(new Set([...left, last]))
  }
  return left
}

/** The steps of a draft, which can be opened in any order. */
import { Stack, Title } from '@mantine/core'
import { useSearch } from '@tanstack/react-router'
import { type ReactNode, useEffect, useRef, useState } from 'react'
import { Page } from '../../components/page.tsx'
import { draftTexts } from '../../text/draft-texts.ts'
import { useTextOf } from '../../text/language.tsx'
import { AudienceStep } from './audience-step.tsx'
import classes from './draft-editor.module.css'
import { nameOf } from './draft-form.ts'
import type { Stored } from './draft-saver.ts'
import { ConflictAlert, RestoredAlert, SaveProblem, SaveStatus } from './draft-status.tsx'
import { MessageStep } from './message-step.tsx'
import { SendStep } from './send-step.tsx'
import { SpeedStep } from './speed-step.tsx'
import { StepList } from './step-list.tsx'
import { STEPS, type Step } from './steps.ts'
import { TestStep } from './test-step.tsx'
import { type Draft, useDraft } from './use-draft.ts'
import { Ways } from './ways.tsx'
import { WhenStep } from './when-step.tsx'

interface Props {
  stored: Stored | null
  onCreated: (id: string) => void
  /** Opens it again with the server's content. */
  onReopen: () => void
}

export interface StepProps {
  draft: Draft
  /** The user has left this step before, so missing fields are reported. */
  wasLeft: boolean
}

export function DraftEditor({ stored, onCreated, onReopen }: Props) {
  const { draft: text } = useTextOf(draftTexts)
  const draft = useDraft(stored, onCreated)
  const { step = 'message' } = useSearch({ from: '/signed-in/campaigns/new' })
  const left = useLeftSteps(step, stored !== null)
  const { form, saved } = draft
  const reopen = () => {
    draft.forget()
    onReopen()
  }

  return (
    <Page
      title={stored === null ? text.title : text.editTitle}
      tabTitle={nameOf(form) || text.title}
      aside={<SaveStatus draft={draft} />}
    >
      <Stack gap="md">
        <StepList draft={draft} step={step} left={left} />
        {saved.conflict !== null && (
          <ConflictAlert theirs={saved.conflict} onTake={reopen} onKeep={draft.keepMine} />
        )}
        {draft.isRestored && saved.conflict === null && <RestoredAlert onDrop={reopen} />}
        <SaveProblem draft={draft} />
        <StepBody step={step}>
          <StepOf step={step} draft={draft} wasLeft={left.has(step)} />
        </StepBody>
        {step !== 'send' && <Ways step={step} id={saved.id} />}
      </Stack>
    </Page>
  )
}

function StepOf({ step, ...props }: StepProps & { step: Step }) {
  switch (step) {
    case 'message':
      return <MessageStep {...props} />
    case 'audience':
      return <AudienceStep {...props} />
    case 'when':
      return <WhenStep {...props} />
    case 'speed':
      return <SpeedStep {...props} />
    case 'test':
      return <TestStep {...props} />
    case 'send':
      return <SendStep {...props} />
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
      <Title order={2} size="h4" id="step" ref={heading} tabIndex={-1} className={classes.heading} mb="sm">
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

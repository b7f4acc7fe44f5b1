/** The list of steps: current, done and incomplete, each a link. */
import { VisuallyHidden } from '@mantine/core'
import { IconAlertCircle, IconCheck } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import { draftTexts } from '../../text/draft-texts.ts'
import { useTextOf } from '../../text/language.tsx'
import classes from './step-list.module.css'
import { STEPS, type Step } from './steps.ts'
import type { Draft } from './use-draft.ts'

export function StepList({ draft, step, left }: { draft: Draft; step: Step; left: ReadonlySet<Step> }) {
  const { draft: text } = useTextOf(draftTexts)
  const { id } = draft
  return (
    <nav aria-label={text.stepsLabel}>
      <ol className={classes.list}>
        {STEPS.map((each, index) => {
          const isAtFault = draft.read.stepsAtFault.includes(each)
          const state = isAtFault ? 'fault' : 'done'
          const isMarked = left.has(each) && each !== step && (isAtFault || each !== 'review')
          return (
            <li key={each} className={classes.item}>
              <Link
                to="/campaigns/new"
                search={{ ...(id !== null && { draft: id }), step: each }}
                className={classes.link}
                aria-current={each === step ? 'step' : undefined}
              >
                <span className={classes.mark} data-state={isMarked ? state : 'open'} aria-hidden>
                  {!isMarked && index + 1}
                  {isMarked && state === 'done' && <IconCheck size={14} />}
                  {isMarked && state === 'fault' && <IconAlertCircle size={16} />}
                </span>
                <span className={classes.name}>{text.steps[each]}</span>
                {isMarked && isAtFault && <VisuallyHidden>, {text.stepIncomplete}</VisuallyHidden>}
              </Link>
            </li>
          )
        })}
      </ol>
    </nav>
  )
}

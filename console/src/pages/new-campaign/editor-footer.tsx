/** Back and next, always in sight. In the last step, `children` takes the place of "Next". */
import { Button } from '@mantine/core'
import { IconArrowLeft, IconArrowRight } from '@tabler/icons-react'
import { useNavigate } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { ButtonLink } from '../../components/links.tsx'
import { draftTexts } from '../../text/draft-texts.ts'
import { useTextOf } from '../../text/language.tsx'
import classes from './draft-editor.module.css'
import { STEPS, type Step } from './steps.ts'

export function EditorFooter({
  step,
  id,
  children,
}: {
  step: Step
  id: string | null
  children?: ReactNode
}) {
  const { draft: text } = useTextOf(draftTexts)
  const navigate = useNavigate({ from: '/campaigns/new' })
  const at = STEPS.indexOf(step)
  const before = STEPS[at - 1]
  const after = STEPS[at + 1]
  const search = { ...(id !== null && { draft: id }) }
  return (
    <div className={classes.footer}>
      {before === undefined ? (
        <span />
      ) : (
        <ButtonLink
          to="/campaigns/new"
          search={{ ...search, step: before }}
          variant="default"
          leftSection={<IconArrowLeft size={16} aria-hidden />}
        >
          {text.back}
        </ButtonLink>
      )}
      <div className={classes.forth}>
        {children}
        {after !== undefined && (
          <Button
            rightSection={<IconArrowRight size={16} aria-hidden />}
            onClick={() => void navigate({ search: { ...search, step: after } })}
          >
            {text.next}
          </Button>
        )}
      </div>
    </div>
  )
}

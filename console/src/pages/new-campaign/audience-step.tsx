/** Chooses the audience and shows its current size. */
import { Panel } from '../../components/panel.tsx'
import { AudienceFields } from './audience-fields.tsx'
import { AudienceSize } from './audience-size.tsx'
import classes from './audience-step.module.css'
import editor from './draft-editor.module.css'
import type { StepProps } from './draft-editor.tsx'
import { EditorFooter } from './editor-footer.tsx'

export function AudienceStep({ draft, wasLeft }: StepProps) {
  const { form, change, read } = draft
  const { audience, problems } = read.audience
  return (
    <>
      <div className={editor.columns}>
        <Panel>
          <AudienceFields
            audience={form.audience}
            problems={problems}
            isComplete={wasLeft}
            onChange={(next) => change({ audience: next })}
          />
        </Panel>
        <div className={classes.size}>
          <AudienceSize audience={audience} />
        </div>
      </div>
      <EditorFooter step="audience" id={draft.id} />
    </>
  )
}

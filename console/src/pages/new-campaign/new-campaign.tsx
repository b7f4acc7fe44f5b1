/** The campaign editor. `?draft=` is the campaign, `?step=` the step; both can be bookmarked. */
import { IconEye, IconLock } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { openedDraftQuery } from '../../api/drafts.ts'
import { Answer } from '../../components/answer.tsx'
import { Empty } from '../../components/empty.tsx'
import { ButtonLink } from '../../components/links.tsx'
import { Page } from '../../components/page.tsx'
import { useMay } from '../../components/use-session.ts'
import { draftTexts } from '../../text/draft-texts.ts'
import { useTextOf } from '../../text/language.tsx'
import { DraftEditor } from './draft-editor.tsx'
import type { Stored } from './draft-saver.ts'
import { isEditable } from './use-draft.ts'

export function NewCampaign() {
  const { draft: text } = useTextOf(draftTexts)
  const mayWrite = useMay('campaigns:write')
  const { draft } = useSearch({ from: '/signed-in/campaigns/new' })
  // When saving creates the draft, the address changes and the editor stays; any other change of `draft` opens a new
  // editor.
  const [asked, setAsked] = useState(draft)
  const [opened, setOpened] = useState({ id: draft, turn: 0 })
  if (draft !== asked) {
    setAsked(draft)
    if (draft !== opened.id) setOpened({ id: draft, turn: opened.turn + 1 })
  }
  if (!mayWrite) {
    return (
      <Page title={text.title}>
        <Empty icon={<IconEye size={40} aria-hidden />} title={text.notAllowedTitle}>
          {text.notAllowed}
        </Empty>
      </Page>
    )
  }
  return <Opened key={opened.turn} id={opened.id} onCreated={(id) => setOpened({ ...opened, id })} />
}

interface Props {
  id: string | undefined
  onCreated: (id: string) => void
}

function Opened({ id, onCreated }: Props) {
  const navigate = useNavigate({ from: '/campaigns/new' })
  const [openedId] = useState(id)
  const created = (made: string) => {
    onCreated(made)
    void navigate({ search: (before) => ({ ...before, draft: made }), replace: true })
  }
  if (openedId === undefined) return <DraftEditor stored={null} onCreated={created} />
  return <OpenedDraft id={openedId} onCreated={created} />
}

function OpenedDraft({ id, onCreated }: { id: string; onCreated: (id: string) => void }) {
  const { draft: text } = useTextOf(draftTexts)
  const query = useQuery(openedDraftQuery(id))
  if (query.data !== undefined) return <EditorOf stored={query.data} onCreated={onCreated} />
  return (
    <Page title={text.editTitle}>
      <Answer query={query}>{() => null}</Answer>
    </Page>
  )
}

function EditorOf({ stored, onCreated }: { stored: Stored; onCreated: (id: string) => void }) {
  const { draft: text } = useTextOf(draftTexts)
  const { id } = stored.campaign
  if (isEditable(stored)) return <DraftEditor stored={stored} onCreated={onCreated} />
  return (
    <Page title={text.editTitle}>
      <Empty
        icon={<IconLock size={40} aria-hidden />}
        title={text.notEditableTitle}
        action={
          <ButtonLink to="/campaigns/$id" params={{ id }} variant="default" mt="sm">
            {text.toCampaign}
          </ButtonLink>
        }
      >
        {text.notEditable}
      </Empty>
    </Page>
  )
}

/** The edited draft: its fields, its errors, and whether it is saved. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type RefObject, useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react'
import { EDITABLE_STATES } from '../../../../src/domain/campaign.ts'
import { draftApi, draftNowQuery } from '../../api/drafts.ts'
import { keys } from '../../api/query-keys.ts'
import { ownZone } from '../../zones.ts'
import {
  type DraftContent,
  type DraftForm,
  draftFormOf,
  emptyDraft,
  type ReadDraft,
  readDraft,
} from './draft-form.ts'
import { contentOf, DraftSaver, isSameLocalTime, type SaverState, type Stored } from './draft-saver.ts'

const SAVE_AFTER_MS = 1_000
/** After a failure that may pass by itself. */
const RETRY_AFTER_MS = 5_000

export interface Draft {
  form: DraftForm
  change: (change: Partial<DraftForm>) => void
  read: ReadDraft
  saved: SaverState
  id: string | null
  /** The server has what is on the screen. */
  isSaved: boolean
  /** The server fails to say whether somebody else has changed it. */
  isUnchecked: boolean
  /** It is already scheduled: changes would go out, so that nothing is saved before the user says so. */
  isScheduled: boolean
  /** Resolves with the state after saving. Rejects for a scheduled campaign that is changed. */
  save: (content?: DraftContent) => Promise<SaverState>
  /** Nothing is saved by itself while it runs. */
  hold: <T>(task: () => Promise<T>) => Promise<T>
  /** The server has changed it by another request of this editor. */
  adopt: (stored: Stored) => void
  /** Somebody else may have changed it. False: they have, and the user has to choose. */
  notice: (stored: Stored) => boolean
  takeTheirs: () => void
  keepMine: () => void
  /** It is gone on the server: what is on the screen becomes another draft. */
  startAnew: () => void
  /** It has been sent or scheduled: there is nothing to lose by leaving. */
  isDone: RefObject<boolean>
}

interface Options {
  stored: Stored | null
  /** On which a new one is to be sent. */
  day: string | undefined
  onCreated: (id: string) => void
  /** How often to look for changes of others. */
  lookEveryMs: number
}

export function useDraft({ stored, day, onCreated, lookEveryMs }: Options): Draft {
  const client = useQueryClient()
  const [saver] = useState(() => new DraftSaver(draftApi, stored))
  const [opened, setOpened] = useState(() => openedOf(stored, day))
  const [form, setForm] = useState(opened.form)
  const saved = useSyncExternalStore(saver.subscribe, saver.state)
  const read = useMemo(() => readDraft(form), [form])
  const isScheduled = saved.campaign?.state === 'scheduled'
  const id = saved.campaign?.id ?? null
  const { content } = read
  const wanted = useMemo(() => contentOf(content), [content])
  // Opening a draft that another program has made must not change it, even if this form would write it differently.
  const isUntouched = saved.content === opened.content && JSON.stringify(form) === JSON.stringify(opened.form)
  const isSaved = isUntouched || (isScheduled ? isAsScheduled(saved, read) : wanted === saved.content)

  // As mutations, so that the end of the session is noticed here as well.
  const saving = useMutation({ mutationFn: (next: DraftContent) => saver.save(next) })
  const keeping = useMutation({ mutationFn: () => saver.keepMine(mayAutosave(saver) ? content : null) })
  const { mutate } = saving

  const [held, setHeld] = useState(0)
  const mustSave =
    held === 0 && !isScheduled && !isSaved && saved.conflict === null && wanted !== saved.refused
  const hasFailed = saved.error !== null
  useEffect(() => {
    if (!mustSave) return
    const timer = setTimeout(() => mutate(content), hasFailed ? RETRY_AFTER_MS : SAVE_AFTER_MS)
    return () => clearTimeout(timer)
  }, [mustSave, content, mutate, hasFailed])

  useEffect(() => () => void client.invalidateQueries({ queryKey: keys.campaigns }), [client])

  const now = useQuery({ ...draftNowQuery(id ?? ''), enabled: id !== null, refetchInterval: lookEveryMs })
  useEffect(() => {
    if (now.data !== undefined) saver.noticed(now.data)
  }, [now.data, saver])

  const created = useRef(onCreated)
  created.current = onCreated
  useEffect(() => {
    if (id !== null && id !== stored?.campaign.id) created.current(id)
  }, [id, stored])

  return {
    form,
    change: (change) => setForm((before) => ({ ...before, ...change })),
    read,
    saved,
    id,
    isSaved,
    isUnchecked: now.isError,
    isScheduled,
    save: async (next = content) => {
      if (isScheduled) throw new Error('the changes of a scheduled campaign are saved by scheduling it')
      await saving.mutateAsync(next)
      return saver.state()
    },
    hold: async (task) => {
      setHeld((before) => before + 1)
      return await task().finally(() => setHeld((before) => before - 1))
    },
    adopt: (next) => saver.adopt(next),
    notice: (next) => saver.noticed(next),
    takeTheirs: () => {
      const { conflict } = saver.state()
      if (conflict === null) return
      const theirs = openedOf(conflict)
      setOpened(theirs)
      setForm(theirs.form)
      saver.adopt(conflict)
    },
    keepMine: () => keeping.mutate(),
    startAnew: () => saver.startAnew(),
    isDone: useRef(false),
  }
}

interface Opened {
  form: DraftForm
  content: string | null
}

function openedOf(stored: Stored | null, day?: string): Opened {
  if (stored === null) return { form: emptyDraft(ownZone(), day), content: null }
  return { form: draftFormOf(stored.campaign, ownZone()), content: contentOf(stored.campaign) }
}

/** Over theirs, if theirs is a draft. Changes to a scheduled campaign wait for the user's word all the same. */
function mayAutosave(saver: DraftSaver): boolean {
  return saver.state().conflict?.campaign.state === 'draft'
}

export function isEditable({ campaign }: Stored): boolean {
  return (EDITABLE_STATES as readonly string[]).includes(campaign.state)
}

function isAsScheduled({ campaign, content }: SaverState, { body, startsAt, localTime }: ReadDraft): boolean {
  if (body === null || campaign?.scheduledAt == null) return false
  const isSameTime =
    campaign.localAt === null
      ? startsAt?.at.getTime() === new Date(campaign.scheduledAt).getTime()
      : localTime !== null && isSameLocalTime(campaign, localTime)
  return isSameTime && contentOf({ ...body, unfinished: null }) === content
}

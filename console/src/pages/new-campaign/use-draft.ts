/** The edited draft: its fields, its errors, and whether it is saved. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react'
import { draftApi } from '../../api/drafts.ts'
import { keys } from '../../api/query-keys.ts'
import type { Session } from '../../api/session.ts'
import { useSession } from '../../components/use-session.ts'
import {
  type CampaignBody,
  type DraftForm,
  draftFormOf,
  emptyDraft,
  type ReadDraft,
  readDraft,
} from './draft-form.ts'
import { contentOf, DraftSaver, type SaverState, type Stored } from './draft-saver.ts'
import { draftKey, dropOldDrafts, keepDraft, readKept } from './draft-storage.ts'
import { ownZone } from './zoned-time.ts'

const SAVE_AFTER_MS = 1_000

export interface Draft {
  form: DraftForm
  change: (change: Partial<DraftForm>) => void
  read: ReadDraft
  saved: SaverState
  /** Everything that can be saved is saved. */
  isSaved: boolean
  /** It is already scheduled: nothing is saved before the last step. */
  isScheduled: boolean
  /** The fields hold unsaved input from an earlier visit. */
  isRestored: boolean
  /** Resolves with the state after saving. */
  save: (body: CampaignBody) => Promise<SaverState>
  keepMine: () => void
  /** Drops the copy in this browser. */
  forget: () => void
}

export function useDraft(stored: Stored | null, onCreated: (id: string) => void): Draft {
  const session = useSession()
  const client = useQueryClient()
  const [first] = useState(() => openDraft(stored, session))
  const [saver] = useState(() => new DraftSaver(draftApi, stored, first.isConflict))
  const [form, setForm] = useState(first.form)
  const saved = useSyncExternalStore(saver.subscribe, saver.state)
  const read = useMemo(() => readDraft(form), [form])
  const isForgotten = useRef(false)
  const isScheduled = stored?.campaign.state === 'scheduled'
  const { body } = read
  const isSaved = body !== null && contentOf(body) === saved.content

  // As mutations, so that the end of the session is noticed here as well.
  const saving = useMutation({ mutationFn: (next: CampaignBody) => saver.save(next) })
  const keeping = useMutation({ mutationFn: () => saver.keepMine(isScheduled ? null : readDraft(form).body) })
  const { mutate } = saving

  const mustSave = !isScheduled && body !== null && !isSaved && saved.conflict === null
  useEffect(() => {
    if (!mustSave || body === null) return
    const timer = setTimeout(() => mutate(body), SAVE_AFTER_MS)
    return () => clearTimeout(timer)
  }, [mustSave, body, mutate])

  const unsaved = useRef<CampaignBody | null>(null)
  unsaved.current = mustSave ? body : null
  useEffect(
    () => () => {
      if (unsaved.current !== null && !isForgotten.current) mutate(unsaved.current)
      void client.invalidateQueries({ queryKey: keys.campaigns })
    },
    [mutate, client],
  )

  const { id, version } = saved
  useEffect(() => {
    if (isForgotten.current) return
    const isUntouched = JSON.stringify(form) === first.untouched
    const isNothing = isUntouched || (isSaved && form.schedule.when === 'now' && !isScheduled)
    const kept = { form, version, isDirty: !isSaved, at: Date.now() }
    keepDraft(draftKey(session, id), isNothing ? null : kept)
    if (id !== null && stored === null) keepDraft(draftKey(session, null), null)
  }, [form, version, id, isSaved, isScheduled, session, stored, first])

  const created = useRef(onCreated)
  created.current = onCreated
  useEffect(() => {
    if (id !== null && stored === null) created.current(id)
  }, [id, stored])

  return {
    form,
    change: (change) => setForm((before) => ({ ...before, ...change })),
    read,
    saved,
    isSaved,
    isScheduled,
    isRestored: first.isRestored && !isSaved,
    save: async (next) => {
      await saving.mutateAsync(next)
      return saver.state()
    },
    keepMine: () => keeping.mutate(),
    forget: () => {
      isForgotten.current = true
      keepDraft(draftKey(session, saver.state().id), null)
    },
  }
}

interface Opened {
  form: DraftForm
  /** The form before any input, as JSON. */
  untouched: string
  isRestored: boolean
  isConflict: boolean
}

function openDraft(stored: Stored | null, session: Session): Opened {
  dropOldDrafts(Date.now())
  const zone = ownZone()
  const form = stored === null ? emptyDraft(zone) : draftFormOf(stored.campaign, zone)
  const opened = { form, untouched: JSON.stringify(form), isRestored: false, isConflict: false }
  const kept = readKept(draftKey(session, stored?.campaign.id ?? null))
  if (kept === null) return opened
  if (stored === null || kept.version === stored.campaign.version) {
    return { ...opened, form: kept.form, isRestored: kept.isDirty }
  }
  // Changed elsewhere since. Only input that was not yet saved makes it a conflict.
  if (!kept.isDirty) return { ...opened, form: { ...form, schedule: kept.form.schedule } }
  return { ...opened, form: kept.form, isRestored: true, isConflict: true }
}

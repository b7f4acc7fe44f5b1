/**
 * Keeps unsaved input in this browser: incomplete fields, and the schedule, which the server receives last. One entry
 * per draft and user; dropped after a month without use.
 */
import type { DraftForm } from './draft-form.ts'

export interface KeptDraft {
  form: DraftForm
  /** The campaign version it was based on; 0 if none. */
  version: number
  /** False: everything but the schedule is saved on the server. */
  isDirty: boolean
  at: number
}

const PREFIX = 'carillon-draft:'
const KEPT_MS = 30 * 86_400_000
/** Increased when DraftForm changes: an older entry would break the page. */
const SHAPE = 2

export function draftKey(who: { kind: string; name: string }, id: string | null): string {
  return `${PREFIX}${SHAPE}:${who.kind}:${who.name}:${id ?? 'new'}`
}

export function readKept(key: string, storage: Storage | undefined = browserStorage()): KeptDraft | null {
  try {
    const text = storage?.getItem(key)
    return text ? (JSON.parse(text) as KeptDraft) : null
  } catch {
    return null
  }
}

/** Storage may be blocked or full; the draft on the server is the one that counts. */
export function keepDraft(
  key: string,
  kept: KeptDraft | null,
  storage: Storage | undefined = browserStorage(),
): void {
  try {
    if (kept === null) storage?.removeItem(key)
    else storage?.setItem(key, JSON.stringify(kept))
  } catch {
    // See above.
  }
}

export function dropOldDrafts(now: number, storage: Storage | undefined = browserStorage()): void {
  const keys = Array.from({ length: storage?.length ?? 0 }, (_, index) => storage?.key(index) ?? '')
  for (const key of keys.filter((each) => each.startsWith(PREFIX))) {
    const kept = readKept(key, storage)
    if (kept === null || now - kept.at > KEPT_MS) keepDraft(key, null, storage)
  }
}

function browserStorage(): Storage | undefined {
  try {
    return globalThis.localStorage
  } catch {
    return undefined
  }
}

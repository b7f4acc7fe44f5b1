import { describe, expect, it } from 'vitest'
import { emptyDraft } from '../../console/src/pages/new-campaign/draft-form.ts'
import {
  draftKey,
  dropOldDrafts,
  keepDraft,
  readKept,
} from '../../console/src/pages/new-campaign/draft-storage.ts'

function storage(): Storage {
  const kept = new Map<string, string>()
  return {
    get length() {
      return kept.size
    },
    key: (index) => [...kept.keys()][index] ?? null,
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => void kept.set(key, value),
    removeItem: (key) => void kept.delete(key),
    clear: () => kept.clear(),
  }
}

const ada = { kind: 'user', name: 'ada' }
const DAY_MS = 86_400_000
const kept = (at: number) => ({ form: emptyDraft('UTC'), version: 3, isDirty: true, at })

describe('what is typed stays in this browser', () => {
  it('for whoever typed it, draft by draft, until it is taken away', () => {
    const browser = storage()
    keepDraft(draftKey(ada, 'one'), kept(5), browser)
    expect(readKept(draftKey(ada, 'one'), browser)).toEqual(kept(5))
    expect(readKept(draftKey(ada, null), browser)).toBeNull()
    expect(readKept(draftKey({ ...ada, name: 'bob' }, 'one'), browser)).toBeNull()
    keepDraft(draftKey(ada, 'one'), null, browser)
    expect(browser.length).toBe(0)
  })

  it('for a month; what is not ours is left alone', () => {
    const browser = storage()
    browser.setItem('carillon-language', 'ko')
    browser.setItem(draftKey(ada, 'broken'), '{')
    keepDraft(draftKey(ada, 'old'), kept(0), browser)
    keepDraft(draftKey(ada, 'young'), kept(2 * DAY_MS), browser)
    dropOldDrafts(31 * DAY_MS, browser)
    const keys = Array.from({ length: browser.length }, (_, index) => browser.key(index))
    expect(keys).toEqual(['carillon-language', draftKey(ada, 'young')])
  })

  it('and nothing breaks where storage is full', () => {
    const full = {
      ...storage(),
      setItem: () => {
        throw new Error('full')
      },
    }
    expect(() => keepDraft(draftKey(ada, 'one'), kept(0), full)).not.toThrow()
  })
})

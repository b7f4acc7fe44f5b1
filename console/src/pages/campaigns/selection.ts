/** Which rows are selected. Pure. */
export interface Selection {
  ids: ReadonlySet<string>
  /** The row that was clicked last: a range starts there. */
  anchor: string | null
}

export const NOTHING: Selection = { ids: new Set(), anchor: null }

/** With shift, all rows from the last one to this one become what this one becomes. */
export function toggled(
  selection: Selection,
  id: string,
  rows: readonly string[],
  isRange: boolean,
): Selection {
  const ids = new Set(selection.ids)
  const isOn = !ids.has(id)
  const [from, to] = [rows.indexOf(selection.anchor ?? id), rows.indexOf(id)]
  const range = isRange && from !== -1 ? rows.slice(Math.min(from, to), Math.max(from, to) + 1) : [id]
  for (const one of range) {
    if (isOn) ids.add(one)
    else ids.delete(one)
  }
  return { ids, anchor: id }
}

export function allOf(rows: readonly string[]): Selection {
  return { ids: new Set(rows), anchor: null }
}

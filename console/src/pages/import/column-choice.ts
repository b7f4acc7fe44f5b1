/** What a person chose columns to be, as the API takes it. */
import type { ColumnField } from '../../../../src/audience/import/column-names.ts'

/** By the name of the column; null: not used. */
export type ColumnChoice = ReadonlyMap<string, ColumnField | null>

interface Column {
  name: string
  field: ColumnField | null
}

/** Only columns that are to be something else than they were taken for. */
export function mapOf(columns: readonly Column[], choice: ColumnChoice): string {
  return columns
    .flatMap(({ name }) => {
      const field = choice.get(name)
      return field === undefined ? [] : [`${name.replaceAll(',', '\\,')}:${field ?? '-'}`]
    })
    .join(',')
}

/** The columns whose names are the same in any encoding: what was chosen for the others is of names that change with it. */
export function alwaysTheSame<C extends Column>(columns: readonly C[]): C[] {
  return columns.filter(({ name }) => /^[ -~]*$/.test(name))
}

/**
 * With `field` for the column. A field that another column was chosen for before is taken from it: two columns cannot be
 * the same.
 */
export function withChoice(
  columns: readonly Column[],
  choice: ColumnChoice,
  name: string,
  field: ColumnField | null,
): ColumnChoice {
  const next = new Map(choice)
  next.set(name, field)
  if (field === null) return next
  for (const other of columns) {
    const now = next.has(other.name) ? next.get(other.name) : other.field
    if (other.name !== name && now === field) next.set(other.name, null)
  }
  return next
}

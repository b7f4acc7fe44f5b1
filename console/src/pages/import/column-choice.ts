/** What a person chose columns to be, as the API takes it. */
import type { ColumnField, ColumnUse } from '../../../../src/audience/import/column-names.ts'
import { cleanText, isBlank } from '../../../../src/domain/clean-text.ts'

/** By the name of the column. */
export type ColumnChoice = ReadonlyMap<string, ColumnUse>

interface Column extends ColumnUse {
  name: string
}

export const NOT_USED: ColumnUse = { field: null, attribute: null }

export function asField(field: ColumnField): ColumnUse {
  return { field, attribute: null }
}

/** `name` as it is typed: what the API makes of it is compared, and shown by the next check. */
export function asAttribute(name: string): ColumnUse {
  return { field: 'attributes', attribute: name }
}

export function chosenOf({ name, field, attribute }: Column, choice: ColumnChoice): ColumnUse {
  return choice.get(name) ?? { field, attribute }
}

/** Only columns that are to be something else than they were taken for. */
export function mapOf(columns: readonly Column[], choice: ColumnChoice): string {
  return columns
    .flatMap(({ name }) => {
      const use = choice.get(name)
      if (use === undefined) return []
      const ours = use.attribute === null ? (use.field ?? '-') : `attributes.${escaped(use.attribute)}`
      return [`${escaped(name)}:${ours}`]
    })
    .join(',')
}

function escaped(name: string): string {
  return name.replace(/[\\,:]/g, '\\$&')
}

/** What was chosen for names that are the same in any encoding: the others change with it. */
export function alwaysTheSame(choice: ColumnChoice): ColumnChoice {
  return new Map([...choice].filter(([name]) => /^[ -~]*$/.test(name)))
}

/**
 * With this use of the column. A field that another column was chosen for before is taken from it: two columns cannot be
 * the same. A name of an attribute is not: it may only be on the way to another one.
 */
export function withChoice(
  columns: readonly Column[],
  choice: ColumnChoice,
  name: string,
  use: ColumnUse,
): ColumnChoice {
  const next = new Map(choice)
  next.set(name, use)
  if (use.field === null || use.attribute !== null) return next
  for (const other of columns) {
    const now = chosenOf(other, next)
    if (other.name !== name && now.field === use.field && now.attribute === null)
      next.set(other.name, NOT_USED)
  }
  return next
}

/** Columns whose attribute has no name, or that of another column's. */
export function nameProblems(
  columns: readonly Column[],
  choice: ColumnChoice,
): ReadonlyMap<string, 'empty' | 'twice'> {
  const problems = new Map<string, 'empty' | 'twice'>()
  const seen = new Set<string>()
  for (const column of columns) {
    const { attribute } = chosenOf(column, choice)
    if (attribute === null) continue
    const name = cleanText(attribute)
    if (isBlank(name)) problems.set(column.name, 'empty')
    else if (seen.has(name)) problems.set(column.name, 'twice')
    seen.add(name)
  }
  return problems
}

export function unusedOf(columns: readonly Column[], choice: ColumnChoice): string[] {
  return columns.filter((column) => chosenOf(column, choice).field === null).map(({ name }) => name)
}

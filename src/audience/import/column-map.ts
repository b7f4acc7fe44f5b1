/** Reads `?map=theirs:ours,…`: what columns of a list are, where their names do not say so. */
import { AppError } from '../../domain/errors.ts'
import { COLUMN_FIELDS, type ColumnField, type ColumnMap, plainName } from './column-names.ts'

/** Instead of a field: the column is ignored. */
const IGNORED = '-'

export function readColumnMap(text: string): ColumnMap {
  const map = new Map<string, ColumnField | null>()
  for (const part of text.split(/(?<!\\),/)) {
    if (part.trim() === '') continue
    const at = part.lastIndexOf(':')
    const theirs = part.slice(0, Math.max(0, at)).replaceAll('\\,', ',').trim()
    const ours = part.slice(at + 1).trim()
    const field = COLUMN_FIELDS.find((each) => each.toLowerCase() === ours.toLowerCase())
    if (theirs === '' || (field === undefined && ours !== IGNORED)) throw wrong(part)
    map.set(plainName(theirs), field ?? null)
  }
  return map
}

function wrong(part: string): AppError {
  const problem = `has ${JSON.stringify(part.slice(0, 80))}; expected "theirs:ours", where ours is one of ${COLUMN_FIELDS.join(', ')}, or "-" to ignore the column`
  return new AppError('invalid_request', `map ${problem}.`, { fields: [{ field: '/map', problem }] })
}

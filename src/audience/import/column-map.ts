/** Reads `?map=theirs:ours,…`: what columns of a list are, where their names do not say so. */
import { cleanText, isBlank } from '../../domain/clean-text.ts'
import { AppError } from '../../domain/errors.ts'
import { COLUMN_FIELDS, type ColumnMap, type ColumnUse, NOT_USED, plainName } from './column-names.ts'

/** Instead of a field: the column is ignored. */
const IGNORED = '-'
/** Before the name of an attribute: the column has its values. */
const ATTRIBUTE = 'attributes.'

/** A backslash in front of another character than these is one. */
const ESCAPED = /\\([\\,:])/g
const PARTS = /(?:\\[\\,:]|[^,])+/g
const COLONS = /\\[\\,:]|:/g

export function readColumnMap(text: string): ColumnMap {
  const map = new Map<string, ColumnUse>()
  for (const part of text.match(PARTS) ?? []) {
    if (part.trim() === '') continue
    // The last one that is not escaped: names of columns have had theirs as they are.
    const at = [...part.matchAll(COLONS)].findLast(([found]) => found === ':')?.index ?? -1
    const theirs = withoutEscapes(part.slice(0, Math.max(0, at)))
    const use = readUse(withoutEscapes(part.slice(at + 1)))
    if (theirs === '' || use === undefined) throw wrong(part)
    map.set(plainName(theirs), use)
  }
  return map
}

function withoutEscapes(text: string): string {
  return text.replace(ESCAPED, '$1').trim()
}

function readUse(ours: string): ColumnUse | undefined {
  if (ours === IGNORED) return NOT_USED
  const lower = ours.toLowerCase()
  const field = COLUMN_FIELDS.find((each) => each.toLowerCase() === lower)
  if (field !== undefined) return { field, attribute: null }
  if (!lower.startsWith(ATTRIBUTE)) return undefined
  // Of two spellings that look the same, an audience would only find one. PostgreSQL stores no NUL.
  const attribute = cleanText(ours.slice(ATTRIBUTE.length))
  return isBlank(attribute) || attribute.includes('\0') ? undefined : { field: 'attributes', attribute }
}

function wrong(part: string): AppError {
  const problem = `has ${JSON.stringify(part.slice(0, 80))}; expected "theirs:ours", where ours is one of ${COLUMN_FIELDS.join(', ')}, "attributes.NAME" for an attribute of the member, or "-" to ignore the column; write a comma, a colon or a backslash within a name as "\\,", "\\:" and "\\\\"`
  return new AppError('invalid_request', `map ${problem}.`, { fields: [{ field: '/map', problem }] })
}

/**
 * Exports of other push services, recognised by their own columns. A profile says which of their fields are ours; what they
 * know about a device that FCM cannot reach is kept for its member.
 */
import type { Rejection } from '../../../domain/rejection.ts'
import type { ColumnField } from '../column-names.ts'
import type { ListValues } from '../found-device.ts'
import type { JsonObject } from '../parse-json.ts'

export interface ProfileDevice {
  values: ListValues
  /** The export says itself that the device cannot be used. */
  rejection?: Rejection
  /** Whether its member is stored all the same. */
  keepsMember: boolean
}

export interface Profile {
  name: 'pinpoint' | 'onesignal' | 'braze'
  /** Whether an export with these columns is one of this service. */
  isOf(names: ReadonlySet<string>): boolean
  /** Its columns that are used, and as what. */
  columns: Readonly<Record<string, ColumnField>>
  /** One entry of the export; in CSV, the texts by column. */
  devicesOf(entry: JsonObject): ProfileDevice[]
}

/** A field within fields: `User.UserId`, also as the flat column name of a CSV export. Empty: undefined. */
export function valueAt(entry: JsonObject, path: string): unknown {
  const flat = entry[path]
  if (flat !== undefined) return given(flat)
  let value: unknown = entry
  for (const name of path.split('.')) value = isObject(value) ? value[name] : undefined
  return given(value)
}

function given(value: unknown): unknown {
  return value === null || value === '' ? undefined : value
}

export function textAt(entry: JsonObject, path: string): string | undefined {
  const value = valueAt(entry, path)
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : undefined
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** As a JSON text of a CSV column, or as an object. */
export function objectOf(value: unknown): JsonObject | undefined {
  if (isObject(value)) return value
  if (typeof value !== 'string' || !value.trimStart().startsWith('{')) return undefined
  try {
    const parsed: unknown = JSON.parse(value)
    return isObject(parsed) ? parsed : undefined
  } catch {
    return undefined
  }
}

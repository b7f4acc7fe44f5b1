import { AppError } from '../domain/errors.ts'

/** Somebody was faster. `version`: what the caller has seen. */
export function versionConflict(
  id: string,
  version: number,
  current: { version: number; messageVersion: number },
): AppError {
  const message =
    current.messageVersion > 1
      ? ` Its message is version ${current.messageVersion}: GET /v1/campaigns/${id}/messages lists who corrected it, and when.`
      : ''
  return new AppError(
    'version_conflict',
    `Campaign ${id} has version ${current.version}; If-Match names version ${version}.${message} "current" is the campaign as it is now: check what has changed, and repeat with its version.`,
  )
}

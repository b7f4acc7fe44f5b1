/**
 * Lets nobody send to more devices than they know of. The number that a person has read is compared on the server, so no client
 * can leave it out.
 *
 * It is counted before the campaign moves, not in the same transaction: a count may take seconds. An edit in between is noticed,
 * because the campaign moves only in the version whose audience was counted.
 */
import type { AudienceCounter } from '../audience/audience-counter.ts'
import type { Audience } from '../domain/campaign.ts'
import { AppError } from '../domain/errors.ts'

export interface AudienceGuard {
  /** The largest audience that needs no confirmation (CONFIRM_AUDIENCE_ABOVE). */
  above: number
  countDevices: AudienceCounter<number>
}

/** Devices come and go while a person reads the number. */
const TOLERANCE = 0.01

/** `confirmed`: what the caller says; undefined: nothing. Returns how many there are; null: nobody wants to know. */
export async function confirmAudience(
  { above, countDevices }: AudienceGuard,
  projectId: number,
  audience: Audience,
  confirmed: number | undefined,
): Promise<number | null> {
  if (confirmed === undefined && above === Number.POSITIVE_INFINITY) return null
  const devices = await countDevices(projectId, audience).catch((error: unknown) => {
    throw error instanceof AppError && error.code === 'count_too_slow' ? cannotConfirm(error) : error
  })
  checkConfirmed(devices, confirmed, above)
  return devices
}

/** Throws unless so many devices may be sent to with what the caller has confirmed. */
export function checkConfirmed(devices: number, confirmed: number | undefined, above: number): void {
  if (confirmed === undefined) {
    if (devices <= above) return
    throw new AppError(
      'audience_not_confirmed',
      `The audience has ${devices} devices now. More than ${above} (CONFIRM_AUDIENCE_ABOVE) are only sent to when their number is confirmed: repeat the request with "confirmAudience": ${devices}, if that is what you mean.`,
      {
        fields: [{ field: '/confirmAudience', problem: `is missing; the audience has ${devices} devices` }],
        extension: { audience: devices },
      },
    )
  }
  if (Math.abs(devices - confirmed) <= confirmed * TOLERANCE) return
  throw new AppError(
    'audience_changed',
    `"confirmAudience" is ${confirmed}, but the audience has ${devices} devices now, which differs by more than ${TOLERANCE * 100} %. Nothing was changed. Check the audience, and repeat the request with "confirmAudience": ${devices}, if that is what you mean.`,
    {
      fields: [
        { field: '/confirmAudience', problem: `is ${confirmed}; the audience has ${devices} devices` },
      ],
      extension: { audience: devices },
    },
  )
}

function cannotConfirm(cause: AppError): AppError {
  return new AppError(
    'count_too_slow',
    'The audience could not be counted in time, so its size cannot be confirmed. Nothing was changed. Try again when the database is less busy, or narrow the audience. If this server can never count in time, whoever runs it can set CONFIRM_AUDIENCE_ABOVE=unlimited; then leave out "confirmAudience".',
    { retryAfterSeconds: 30, cause },
  )
}

/** The version that an action on a campaign is about, for tests that are about something else. */
import type { AudienceGuard } from '../../src/campaigns/confirm-audience.ts'
import type { SeenOrigin } from '../../src/campaigns/resend-campaign.ts'
import type { Queryable } from '../../src/postgres/pool.ts'

/** As it is now; 0, which no campaign has, if there is none. */
export async function versionOf(db: Queryable, id: string | null): Promise<number> {
  const { rows } = await db.query<{ version: number }>('SELECT version FROM campaigns WHERE id = $1', [id])
  return rows[0]?.version ?? 0
}

/** What a reply says of the campaign: all but the time at which it was read. */
export function withoutTime<T extends { asOf: unknown }>({ asOf: _, ...campaign }: T): Omit<T, 'asOf'> {
  return campaign
}

/** Whoever has just looked, and needs to confirm no number. */
export async function seen(db: Queryable, id: string) {
  return { version: await versionOf(db, id), by: null }
}

export async function seenOrigin(db: Queryable, id: string): Promise<SeenOrigin> {
  return { version: await versionOf(db, id), confirmAbove: Number.POSITIVE_INFINITY }
}

/** Asks for no number. */
export const noGuard: AudienceGuard = {
  above: Number.POSITIVE_INFINITY,
  countDevices: () => Promise.reject(new Error('there is nothing to count')),
}

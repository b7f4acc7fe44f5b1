/**
 * What is written into the audit log. A closed list: every writing route has its deed here, or a reason not to
 * (test/api/audit/every-route.test.ts).
 */
export const DEEDS = [
  'campaign.created',
  // A time that it will be sent at by itself was set, or taken away again.
  'campaign.scheduled',
  'campaign.unscheduled',
  'campaign.edited',
  'campaign.corrected',
  'campaign.zones_moved',
  'campaign.tagged',
  'campaign.archived',
  'campaign.unarchived',
  'campaign.deleted',
  'campaign.restored',
  'campaign.sent',
  'campaign.resent',
  'campaign.tested',
  'campaign.paused',
  'campaign.resumed',
  'campaign.cancel_begun',
  'campaign.cancel_taken_back',
  'campaign.canceled',
  // By processes: its time has come, or was missed.
  'campaign.started',
  'campaign.missed',
  'schedule.created',
  'schedule.edited',
  'schedule.paused',
  'schedule.resumed',
  'schedule.ended',
  'schedule.run_skipped',
  'schedule.run_restored',
  'schedule.run_sent',
  // By processes: a run has become a campaign; or its template cannot be sent any more.
  'schedule.run_made',
  'schedule.stopped_itself',
  'member.changed',
  'member.erased',
  // Its id, out of the audiences and the records of tests that named it: in parts, while it is erased, or when it is no member any more.
  'member.taken_out',
  'devices.import_begun',
  'devices.imported',
  'image.stored',
  'user.created',
  'user.changed',
  'api_key.created',
  // It has another secret; the one before works for a while.
  'api_key.rotated',
  'api_key.revoked',
  'session.opened',
  'session.refused',
  'session.closed',
  'session.others_closed',
  // The password or a code was given again, as dangerous deeds ask for.
  'session.confirmed',
  'session.password_changed',
  // A secret was made; it is asked for from `on`.
  'session.second_factor_begun',
  'session.second_factor_on',
  'session.second_factor_off',
  // By processes: what is older than it is kept.
  'retention.results_deleted',
  'retention.audit_deleted',
] as const
export type DeedName = (typeof DEEDS)[number]

export const SUBJECT_KINDS = [
  'campaign',
  'schedule',
  'member',
  'devices',
  'image',
  'user',
  'api_key',
  'session',
  'retention',
] as const
export type SubjectKind = (typeof SUBJECT_KINDS)[number]

export const ACTOR_KINDS = ['user', 'api_key', 'process'] as const
export type ActorKind = (typeof ACTOR_KINDS)[number]

export interface Actor {
  kind: ActorKind
  /** Of a user or an API key. Null: a process. */
  id: string | null
  name: string
}

export interface Deed {
  deed: DeedName
  subject: { kind: SubjectKind; id: string | null }
  /**
   * Ids, counts, hashes, names of fields. Never a text of a message, an address of a device, or what is known of a member: an
   * event cannot be taken back.
   */
  detail?: Record<string, unknown>
}

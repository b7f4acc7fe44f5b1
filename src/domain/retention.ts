/**
 * What is kept how long: the one table of it. Maintenance enforces it (maintenance/clean-up.ts, campaigns/restore-campaign.ts), the
 * system page and docs/operations.md show it.
 */
import { RESTORE_SECONDS } from './campaign.ts'
import { MOST_KEPT_DAYS } from './caps.ts'

export const SESSION_DAYS = 7
export const SESSION_IDLE_HOURS = 12
/** After their end. A program that was forgotten is told for so long that its key was replaced, and not that there is none. */
export const OLD_SECRET_DAYS = 30
export const IDEMPOTENCY_HOURS = 24
export const HEARTBEAT_HOURS = 24

export const RETENTION_UNITS = ['months', 'days', 'hours', 'minutes'] as const
export type RetentionUnit = (typeof RETENTION_UNITS)[number]

export interface RetentionSettings {
  deliveryRetentionMonths: number
  deviceStaleDays: number
  auditRetentionDays: number
  testRetentionDays: number
}

export const KEPT = [
  // Campaigns with their messages, audiences and counts; schedules.
  'campaigns',
  // Members with their attributes and active devices, until they are erased.
  'members',
  // What became of each device.
  'results',
  // Devices with dead addresses: results refer to them.
  'gone_devices',
  // Devices whose app does not report any more, until they are marked as gone.
  'unseen_devices',
  // What frequency caps count by.
  'member_uses',
  // Campaigns that were deleted, to be restored.
  'deleted_campaigns',
  // Who was sent which test.
  'tests',
  'audit',
  'sessions',
  'idle_sessions',
  // Of API keys, from before a rotation.
  'old_secrets',
  // Answers to POST requests, to be repeated: with them what an import has rejected.
  'idempotency_keys',
  'heartbeats',
  'images',
] as const
export type KeptName = (typeof KEPT)[number]

export interface Kept {
  what: KeptName
  /** Null: for ever. */
  amount: number | null
  unit: RetentionUnit
  /** The environment variable that says so. */
  variable: string | null
}

export function retentionTable(settings: RetentionSettings): Kept[] {
  const results = { amount: settings.deliveryRetentionMonths || null, unit: 'months' } as const
  const rows: Record<KeptName, Omit<Kept, 'what' | 'variable'> & { variable?: string }> = {
    campaigns: FOR_EVER,
    members: FOR_EVER,
    results: { ...results, variable: 'DELIVERY_RETENTION_MONTHS' },
    gone_devices: { ...results, variable: 'DELIVERY_RETENTION_MONTHS' },
    unseen_devices: { amount: settings.deviceStaleDays || null, unit: 'days', variable: 'DEVICE_STALE_DAYS' },
    member_uses: { amount: MOST_KEPT_DAYS, unit: 'days' },
    deleted_campaigns: { amount: RESTORE_SECONDS / 60, unit: 'minutes' },
    tests: { amount: settings.testRetentionDays || null, unit: 'days', variable: 'TEST_RETENTION_DAYS' },
    audit: { amount: settings.auditRetentionDays, unit: 'days', variable: 'AUDIT_RETENTION_DAYS' },
    sessions: { amount: SESSION_DAYS, unit: 'days' },
    idle_sessions: { amount: SESSION_IDLE_HOURS, unit: 'hours' },
    old_secrets: { amount: OLD_SECRET_DAYS, unit: 'days' },
    idempotency_keys: { amount: IDEMPOTENCY_HOURS, unit: 'hours' },
    heartbeats: { amount: HEARTBEAT_HOURS, unit: 'hours' },
    images: FOR_EVER,
  }
  return KEPT.map((what) => ({ what, variable: null, ...rows[what] }))
}

const FOR_EVER = { amount: null, unit: 'days' } as const

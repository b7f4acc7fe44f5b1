/** Messages with one thing in them, for the tests of the rules. */
import { expect } from 'vitest'
import { checkMessage } from '../../src/domain/check-message.ts'
import { AppError } from '../../src/domain/errors.ts'
import type { CampaignMessage } from '../../src/domain/message.ts'

export const NOW = Date.UTC(2026, 10, 29)
export const SHOWN: CampaignMessage = { title: 'x', body: 'y' }
export const SYNC: CampaignMessage = { data: { type: 'sync' } }
export const LIGHTS = { color: { red: 1 }, light_on_duration: '0.2s', light_off_duration: '1s' }

export const inSeconds = (seconds: number) => String(Math.floor(NOW / 1000) + seconds)
export const headers = (given: Record<string, unknown>, message = SHOWN): CampaignMessage => ({
  ...message,
  apns: { ...message.apns, headers: given },
})
export const aps = (given: Record<string, unknown>, message = SHOWN): CampaignMessage => ({
  ...message,
  apns: { ...message.apns, payload: { aps: given } },
})
export const onAndroid = (notification: Record<string, unknown>): CampaignMessage => ({
  ...SHOWN,
  android: { notification },
})
export const inBrowsers = (notification: Record<string, unknown>): CampaignMessage => ({
  ...SHOWN,
  webpush: { notification },
})

export function refusalOf(message: CampaignMessage): AppError {
  try {
    checkMessage(message, NOW)
  } catch (error) {
    if (error instanceof AppError) return error
    throw error
  }
  throw new Error('the message was taken')
}

export type Refused = [name: string, message: CampaignMessage, field: string, says: string]

export function expectRefused(message: CampaignMessage, field: string, says: string): void {
  const refusal = refusalOf(message)
  expect(refusal.code).toBe('invalid_message')
  expect(refusal.fields.map((entry) => entry.field)).toContain(field)
  expect(refusal.message).toContain(says)
}

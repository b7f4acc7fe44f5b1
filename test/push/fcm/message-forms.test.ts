/** Every form of a message, through both senders: the fake takes all of them, and gets the same from both. */
import { readFileSync } from 'node:fs'
import { pino } from 'pino'
import { describe, expect, onTestFinished, test } from 'vitest'
import { checkMessage } from '../../../src/domain/check-message.ts'
import type { CampaignMessage } from '../../../src/domain/message.ts'
import { FcmHttp2Sender } from '../../../src/push/fcm/fcm-http2-sender.ts'
import { FirebaseAdminSender } from '../../../src/push/fcm/sdk/firebase-admin-sender.ts'
import { redirectSdk } from '../../../testing/fake-fcm/redirect-sdk.ts'
import { type OpenSender, send, setup, tokens } from './push-sender-contract.ts'

const log = pino({ level: 'silent' })

const FORMS: Record<string, CampaignMessage> = {
  'data only': { data: { type: 'sync' } },
  'silent, all said': {
    data: { type: 'sync' },
    android: { priority: 'high', collapse_key: 'sync', ttl: '0s' },
    apns: {
      headers: { 'apns-push-type': 'background', 'apns-priority': '5' },
      payload: { aps: { 'content-available': 1 }, own: { deep: [1] } },
    },
    webpush: { headers: { urgency: 'low', TTL: '60' } },
  },
  'a body only': { body: 'Only a body' },
  'a title only': { title: 'Only a title' },
  'texts of the app': {
    android: {
      notification: { title_loc_key: 't', title_loc_args: ['1'], body_loc_key: 'b', body_loc_args: ['2'] },
    },
    apns: {
      payload: {
        aps: { alert: { 'title-loc-key': 't', 'title-loc-args': ['1'], 'loc-key': 'b', 'loc-args': ['2'] } },
      },
    },
    webpush: { notification: { title: 'T', body: 'B' } },
  },
  'everything Android takes': {
    title: 'a',
    android: {
      priority: 'NORMAL',
      ttl: '3600.5s',
      restricted_package_name: 'com.example.shop',
      direct_boot_ok: true,
      bandwidth_constrained_ok: true,
      restricted_satellite_ok: false,
      data: { k: 'v' },
      fcm_options: { analytics_label: 'spring' },
      notification: {
        icon: 'i',
        color: '#0f766e',
        sound: 'bell',
        click_action: 'OPEN',
        channel_id: 'offers',
        ticker: 't',
        sticky: true,
        event_time: '2026-11-29T09:00:00.123Z',
        local_only: true,
        notification_priority: 'PRIORITY_MAX',
        default_sound: true,
        default_vibrate_timings: false,
        default_light_settings: false,
        vibrate_timings: ['0.5s', '1s'],
        visibility: 'SECRET',
        notification_count: 3,
        light_settings: {
          color: { red: 1, green: 0, blue: 0, alpha: 1 },
          light_on_duration: '0.2s',
          light_off_duration: '1s',
        },
        image: 'https://a.example/i.png',
        proxy: 'DENY',
      },
    },
  },
  'everything Apple takes': {
    body: 'b',
    apns: {
      headers: {
        'apns-push-type': 'alert',
        'apns-priority': '10',
        'apns-expiration': '0',
        'apns-topic': 'com.example.shop',
        'Apns-Collapse-Id': 'own',
      },
      fcm_options: { image: 'https://a.example/i.png', analytics_label: 'spring' },
      payload: {
        aps: {
          alert: { subtitle: 's', 'launch-image': 'l' },
          badge: 0,
          sound: { critical: 1, name: 'bell.caf', volume: 0.5 },
          'thread-id': 't',
          category: 'c',
          'content-available': 1,
          'mutable-content': 1,
          'target-content-id': 'x',
          'interruption-level': 'time-sensitive',
          'relevance-score': 0.5,
          'filter-criteria': 'f',
        },
        own: true,
      },
    },
  },
  'everything browsers take': {
    title: 'a',
    body: 'b',
    link: 'https://a.example/',
    webpush: {
      headers: { TTL: '2419200', topic: 'mine', Urgency: 'very-low' },
      data: { k: 'v' },
      fcm_options: { analytics_label: 'spring' },
      notification: {
        icon: '/i.png',
        badge: '/b.png',
        image: 'https://a.example/i.png',
        actions: [{ action: 'a', title: 'A' }],
        requireInteraction: true,
        vibrate: [100],
        timestamp: 1_764_432_000_000,
        data: { deep: [1] },
      },
    },
  },
}

const SENDERS: Record<string, OpenSender> = {
  'fcm-http2': (fake, settings) =>
    new FcmHttp2Sender({
      ...settings,
      firstLimit: settings.concurrency,
      origin: fake.origin,
      ca: readFileSync(fake.caFile),
      projectId: 'demo-carillon',
      validateOnly: false,
      log,
    }),
  'firebase-admin': (fake, settings) => {
    onTestFinished(redirectSdk(fake))
    return new FirebaseAdminSender({ ...settings, projectId: 'demo-carillon', log })
  },
}

async function sentBy(openSender: OpenSender, content: CampaignMessage): Promise<unknown> {
  const { fake, sender } = await setup(openSender)
  const message = { content: checkMessage(content), collapseId: 'x'.repeat(22) }
  expect(await send(sender, { message, tokens: tokens(1) })).toMatchObject([{ kind: 'sent' }])
  return asOneSpells(JSON.parse(fake.messages()[0]?.body ?? '').message)
}

/** The SDK writes snake_case, lower-case priorities and times with nine decimals: the same to FCM. */
function asOneSpells(value: unknown): unknown {
  if (typeof value === 'string') {
    const seconds = /^(\d+)(\.\d+?)?0*s$/.exec(value)
    if (seconds !== null) return `${Number(value.slice(0, -1))}s`
    return /^(NORMAL|HIGH)$/.test(value) ? value.toLowerCase() : value
  }
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(asOneSpells)
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
      asOneSpells(inner),
    ]),
  )
}

describe.each(Object.entries(FORMS))('%s', (_, content) => {
  test('is taken, and is the same from both senders', async () => {
    const [ours, sdk] = [
      await sentBy(SENDERS['fcm-http2'] as OpenSender, content),
      await sentBy(SENDERS['firebase-admin'] as OpenSender, content),
    ]
    expect(sdk).toEqual(ours)
  })
})

/**
 * FCM v1's WebpushConfig, and what browsers take inside it. Sources: FCM's discovery document, RFC 8030, and the Web
 * Notification API (NotificationOptions).
 */
import { BOOLEAN, COUNT, type FieldRule, HTTPS, LABEL, TEXT } from './field-rule.ts'

const ACTION: FieldRule = {
  is: 'object',
  naming: 'exact',
  required: ['action', 'title'],
  fields: { action: TEXT, title: TEXT, icon: TEXT, navigate: HTTPS },
}

const NOTIFICATION: FieldRule = {
  is: 'object',
  naming: 'exact',
  fields: {
    title: TEXT,
    body: TEXT,
    icon: TEXT,
    badge: TEXT,
    image: HTTPS,
    tag: TEXT,
    lang: TEXT,
    dir: { is: 'choice', choices: ['auto', 'ltr', 'rtl'] },
    renotify: BOOLEAN,
    requireInteraction: BOOLEAN,
    silent: BOOLEAN,
    timestamp: { is: 'number', least: 0, most: Number.MAX_SAFE_INTEGER, isWhole: true },
    vibrate: { is: 'number or list', number: COUNT, list: { is: 'list', of: COUNT } },
    actions: { is: 'list', of: ACTION, mayBeEmpty: true },
    data: { is: 'any' },
    navigate: HTTPS,
    click_action: TEXT,
  },
}

export const WEBPUSH: FieldRule = {
  is: 'object',
  naming: 'camel',
  fields: {
    headers: {
      is: 'object',
      naming: 'header',
      fields: {
        TTL: { is: 'text', form: 'seconds' },
        Topic: { is: 'text', form: 'topic' },
        Urgency: { is: 'choice', choices: ['very-low', 'low', 'normal', 'high'] },
      },
    },
    data: { is: 'texts' },
    notification: NOTIFICATION,
    fcmOptions: { is: 'object', naming: 'camel', fields: { link: HTTPS, analyticsLabel: LABEL } },
  },
}

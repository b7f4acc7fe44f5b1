/**
 * FCM v1's ApnsConfig, and what Apple takes inside it. Sources: FCM's discovery document, the validators of firebase-admin
 * 14, and Apple's "Sending notification requests to APNs" and "Generating a remote notification".
 */
import { COUNT, type FieldRule, FRACTION, IMAGE, LABEL, TEXT, TEXTS } from './field-rule.ts'

/** Apple knows these flags as 1 or absent. The SDK drops every other value without a word. */
const FLAG: FieldRule = { is: 'choice', choices: [1] }
const LIVE_ACTIVITY: FieldRule = { is: 'refused', because: 'live_activity' }
const SET_BY_FCM: FieldRule = { is: 'refused', because: 'set_by_fcm' }

const HEADERS: FieldRule = {
  is: 'object',
  naming: 'header',
  fields: {
    // Apple knows more; FCM sends to the app itself, and these two are for it.
    'apns-push-type': { is: 'choice', choices: ['alert', 'background'] },
    'apns-priority': { is: 'choice', choices: ['10', '5', '1'] },
    'apns-expiration': { is: 'text', form: 'expiration' },
    'apns-collapse-id': { is: 'text', form: 'collapse_id' },
    'apns-topic': { is: 'text', form: 'bundle_id' },
    'apns-id': { is: 'refused', because: 'differs_by_device' },
    'apns-channel-id': LIVE_ACTIVITY,
    authorization: SET_BY_FCM,
  },
}

const ALERT: FieldRule = {
  is: 'object',
  naming: 'exact',
  needs: {
    'title-loc-args': 'title-loc-key',
    'subtitle-loc-args': 'subtitle-loc-key',
    'loc-args': 'loc-key',
  },
  fields: {
    title: TEXT,
    subtitle: TEXT,
    body: TEXT,
    'launch-image': TEXT,
    'title-loc-key': TEXT,
    'title-loc-args': TEXTS,
    'subtitle-loc-key': TEXT,
    'subtitle-loc-args': TEXTS,
    'loc-key': TEXT,
    'loc-args': TEXTS,
    'action-loc-key': TEXT,
    'summary-arg': TEXT,
    'summary-arg-count': COUNT,
  },
}

const SOUND: FieldRule = {
  is: 'object',
  naming: 'exact',
  required: ['name'],
  fields: { critical: FLAG, name: TEXT, volume: FRACTION },
}

const APS: FieldRule = {
  is: 'object',
  naming: 'exact',
  fields: {
    alert: { is: 'either', text: TEXT, object: ALERT },
    badge: COUNT,
    sound: { is: 'either', text: TEXT, object: SOUND },
    'thread-id': TEXT,
    category: TEXT,
    'content-available': FLAG,
    'mutable-content': FLAG,
    'target-content-id': TEXT,
    'interruption-level': { is: 'choice', choices: ['passive', 'active', 'time-sensitive', 'critical'] },
    'relevance-score': FRACTION,
    'filter-criteria': TEXT,
    'url-args': TEXTS,
    event: LIVE_ACTIVITY,
    timestamp: LIVE_ACTIVITY,
    'content-state': LIVE_ACTIVITY,
    'stale-date': LIVE_ACTIVITY,
    'dismissal-date': LIVE_ACTIVITY,
    attributes: LIVE_ACTIVITY,
    'attributes-type': LIVE_ACTIVITY,
    'input-push-token': LIVE_ACTIVITY,
    'input-push-channel': LIVE_ACTIVITY,
  },
}

export const APNS: FieldRule = {
  is: 'object',
  naming: 'camel',
  fields: {
    headers: HEADERS,
    payload: { is: 'object', naming: 'exact', fields: { aps: APS }, rest: true },
    fcmOptions: { is: 'object', naming: 'camel', fields: { analyticsLabel: LABEL, image: IMAGE } },
    liveActivityToken: LIVE_ACTIVITY,
  },
}

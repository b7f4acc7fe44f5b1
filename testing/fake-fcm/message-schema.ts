/**
 * The body of messages:send as data: the fields from FCM's discovery document (fcm-v1, revision 20241112, and `fid`), their
 * rules from the pages that document them and from the validators of firebase-admin 14. FCM refuses a field it does not
 * know, so the fake must know all of them. Names are in camelCase; snake_case is accepted too.
 *
 * Written apart from src/domain/message-rules: what is wrong there is to be noticed here.
 */

export type FieldType =
  | 'string'
  | 'filled'
  | 'boolean'
  | 'duration'
  | 'timestamp'
  | 'image'
  /** Any JSON object: what the browser takes is not FCM's business. */
  | 'struct'
  | 'string_map'
  | { list: FieldType; isFilled?: true }
  | { one_of: readonly (string | number)[] }
  | { matches: RegExp }
  /** Both ends belong to it. */
  | { within: readonly [number, number] }
  | { text_or: FieldType }
  | FieldsType
  /** Other names are allowed: a push service ignores them. In lower case. */
  | { headers: Readonly<Record<string, RegExp>> }

export interface FieldsType {
  fields: Readonly<Record<string, FieldType>>
  required?: readonly string[]
  /** A field that is refused without another one that says something. */
  needs?: Readonly<Record<string, string>>
  /** More fields, of any type, are allowed. */
  isOpen?: true
}

const STRINGS: FieldType = { list: 'string' }
const ANALYTICS_LABEL: FieldType = { matches: /^[a-zA-Z0-9-_.~%]{1,50}$/ }
const LABEL: FieldType = { fields: { analyticsLabel: ANALYTICS_LABEL } }
const HTTPS: FieldType = { matches: /^https:\/\/[\w.:@%[\]-]+(?:[/?#][\w:/?#[\]@!$&'()*+,;=.~%-]*)?$/i }
const FRACTION: FieldType = { within: [0, 1] }
const COUNT = /^\d{1,10}$/
const FLAG: FieldType = { one_of: [1] }

const ANDROID_NOTIFICATION: FieldType = {
  needs: { bodyLocArgs: 'bodyLocKey', titleLocArgs: 'titleLocKey' },
  fields: {
    title: 'string',
    body: 'string',
    icon: 'string',
    color: { matches: /^#[0-9a-f]{6}$/i },
    sound: 'string',
    tag: 'string',
    clickAction: 'string',
    bodyLocKey: 'string',
    bodyLocArgs: STRINGS,
    titleLocKey: 'string',
    titleLocArgs: STRINGS,
    channelId: 'string',
    ticker: 'string',
    sticky: 'boolean',
    eventTime: 'timestamp',
    localOnly: 'boolean',
    notificationPriority: {
      one_of: [
        'PRIORITY_UNSPECIFIED',
        'PRIORITY_MIN',
        'PRIORITY_LOW',
        'PRIORITY_DEFAULT',
        'PRIORITY_HIGH',
        'PRIORITY_MAX',
      ],
    },
    defaultSound: 'boolean',
    defaultVibrateTimings: 'boolean',
    defaultLightSettings: 'boolean',
    vibrateTimings: { list: 'duration', isFilled: true },
    visibility: { one_of: ['VISIBILITY_UNSPECIFIED', 'PRIVATE', 'PUBLIC', 'SECRET'] },
    notificationCount: { within: [0, 2 ** 31 - 1] },
    lightSettings: {
      required: ['color', 'lightOnDuration', 'lightOffDuration'],
      fields: {
        color: { fields: { red: FRACTION, green: FRACTION, blue: FRACTION, alpha: FRACTION } },
        lightOnDuration: 'duration',
        lightOffDuration: 'duration',
      },
    },
    image: 'image',
    bypassProxyNotification: 'boolean',
    proxy: { one_of: ['PROXY_UNSPECIFIED', 'ALLOW', 'DENY', 'IF_PRIORITY_LOWERED'] },
  },
}

/** Source: "Sending notification requests to APNs". FCM passes them on, and Apple's refusal comes back as a 400. */
const APNS_HEADERS: FieldType = {
  headers: {
    'apns-push-type':
      /^(?:alert|background|location|voip|complication|fileprovider|mdm|liveactivity|pushtotalk|widgets|controls)$/,
    'apns-priority': /^(?:10|5|1)$/,
    'apns-expiration': COUNT,
    'apns-collapse-id': /^[\x20-\x7e]{1,64}$/,
    'apns-topic': /^[\w.-]+$/,
    'apns-id': /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/,
  },
}

/** Source: RFC 8030; the longest time is FCM's. */
const WEBPUSH_HEADERS: FieldType = {
  headers: {
    // At most 2419200.
    ttl: /^(?:\d{1,6}|1\d{6}|2[0-3]\d{5}|240\d{4}|241[0-8]\d{3}|2419[01]\d\d|2419200)$/,
    urgency: /^(?:very-low|low|normal|high)$/,
    // Apple decodes it, and no base64 has one character more than a multiple of four (AltanS/collie#90).
    topic: /^(?=.{1,32}$)(?:[A-Za-z0-9_-]{4})*(?:[A-Za-z0-9_-]{2,3})?$/,
  },
}

const ALERT: FieldType = {
  isOpen: true,
  needs: {
    'loc-args': 'loc-key',
    'title-loc-args': 'title-loc-key',
    'subtitle-loc-args': 'subtitle-loc-key',
  },
  fields: {
    title: 'string',
    subtitle: 'string',
    body: 'string',
    'loc-key': 'string',
    'loc-args': STRINGS,
    'title-loc-key': 'string',
    'title-loc-args': STRINGS,
    'subtitle-loc-key': 'string',
    'subtitle-loc-args': STRINGS,
    'launch-image': 'string',
  },
}

/** Source: "Generating a remote notification". Open: Apple ignores what it does not know. */
const APS: FieldType = {
  isOpen: true,
  fields: {
    alert: { text_or: ALERT },
    badge: { within: [0, 2 ** 31 - 1] },
    sound: {
      text_or: {
        isOpen: true,
        required: ['name'],
        fields: { name: 'filled', volume: FRACTION, critical: FLAG },
      },
    },
    'thread-id': 'string',
    category: 'string',
    'content-available': FLAG,
    'mutable-content': FLAG,
    'target-content-id': 'string',
    'interruption-level': { one_of: ['passive', 'active', 'time-sensitive', 'critical'] },
    'relevance-score': FRACTION,
    'filter-criteria': 'string',
  },
}

export const TARGETS = ['token', 'topic', 'condition', 'fid'] as const

export const REQUEST: FieldType = {
  fields: {
    validateOnly: 'boolean',
    message: {
      fields: {
        name: 'string',
        token: 'string',
        topic: { matches: /^(?:\/topics\/)?[a-zA-Z0-9-_.~%]*$/ },
        condition: 'string',
        fid: 'string',
        data: 'string_map',
        notification: { fields: { title: 'string', body: 'string', image: 'image' } },
        android: {
          fields: {
            collapseKey: 'string',
            // The SDK sends lower case and FCM takes it.
            priority: { one_of: ['NORMAL', 'HIGH', 'normal', 'high'] },
            ttl: 'duration',
            restrictedPackageName: 'string',
            data: 'string_map',
            notification: ANDROID_NOTIFICATION,
            fcmOptions: LABEL,
            directBootOk: 'boolean',
            bandwidthConstrainedOk: 'boolean',
            restrictedSatelliteOk: 'boolean',
          },
        },
        apns: {
          fields: {
            headers: APNS_HEADERS,
            payload: { isOpen: true, fields: { aps: APS } },
            liveActivityToken: { matches: /./s },
            fcmOptions: { fields: { analyticsLabel: ANALYTICS_LABEL, image: 'image' } },
          },
        },
        webpush: {
          fields: {
            headers: WEBPUSH_HEADERS,
            data: 'string_map',
            notification: 'struct',
            fcmOptions: { fields: { link: HTTPS, analyticsLabel: ANALYTICS_LABEL } },
          },
        },
        fcmOptions: LABEL,
      },
    },
  },
}

/** Keys of `data` that FCM keeps for itself. */
export function isReservedDataKey(key: string): boolean {
  return key === 'from' || key === 'message_type' || /^(google|gcm\.notification)\./.test(key)
}

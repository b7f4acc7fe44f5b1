/**
 * The body of messages:send as data, from FCM's discovery document (fcm-v1, revision 20241112). FCM refuses a
 * field it does not know, so the fake must know all of them. Names are in camelCase; snake_case is accepted too.
 */

export type FieldType =
  | 'string'
  | 'boolean'
  | 'integer'
  | 'number'
  | 'duration'
  /** Any JSON object: what Apple or the browser takes is not FCM's business. */
  | 'struct'
  | 'string_map'
  | { list: FieldType }
  | { one_of: readonly string[] }
  | { fields: Readonly<Record<string, FieldType>> }

const STRINGS: FieldType = { list: 'string' }
const LABEL: FieldType = { fields: { analyticsLabel: 'string' } }

const ANDROID_NOTIFICATION: FieldType = {
  fields: {
    title: 'string',
    body: 'string',
    icon: 'string',
    color: 'string',
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
    eventTime: 'string',
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
    vibrateTimings: { list: 'duration' },
    visibility: { one_of: ['VISIBILITY_UNSPECIFIED', 'PRIVATE', 'PUBLIC', 'SECRET'] },
    notificationCount: 'integer',
    lightSettings: {
      fields: {
        color: { fields: { red: 'number', green: 'number', blue: 'number', alpha: 'number' } },
        lightOnDuration: 'duration',
        lightOffDuration: 'duration',
      },
    },
    image: 'string',
    bypassProxyNotification: 'boolean',
    proxy: { one_of: ['PROXY_UNSPECIFIED', 'ALLOW', 'DENY', 'IF_PRIORITY_LOWERED'] },
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
        topic: 'string',
        condition: 'string',
        fid: 'string',
        data: 'string_map',
        notification: { fields: { title: 'string', body: 'string', image: 'string' } },
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
            headers: 'string_map',
            payload: 'struct',
            liveActivityToken: 'string',
            fcmOptions: { fields: { analyticsLabel: 'string', image: 'string' } },
          },
        },
        webpush: {
          fields: {
            headers: 'string_map',
            data: 'string_map',
            notification: 'struct',
            fcmOptions: { fields: { link: 'string', analyticsLabel: 'string' } },
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

export const PAYLOAD_LIMIT_BYTES = 4096

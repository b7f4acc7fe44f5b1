/** FCM v1's AndroidConfig. Source: the discovery document of fcm.googleapis.com, and the validators of firebase-admin 14. */
import { BOOLEAN, COUNT, type FieldRule, FRACTION, IMAGE, LABEL, TEXT, TEXTS } from './field-rule.ts'

const DURATION: FieldRule = { is: 'text', form: 'duration' }

const LIGHTS: FieldRule = {
  is: 'object',
  naming: 'camel',
  required: ['color', 'lightOnDuration', 'lightOffDuration'],
  fields: {
    color: {
      is: 'object',
      naming: 'camel',
      fields: { red: FRACTION, green: FRACTION, blue: FRACTION, alpha: FRACTION },
    },
    lightOnDuration: DURATION,
    lightOffDuration: DURATION,
  },
}

const NOTIFICATION: FieldRule = {
  is: 'object',
  naming: 'camel',
  needs: { titleLocArgs: 'titleLocKey', bodyLocArgs: 'bodyLocKey' },
  fields: {
    title: TEXT,
    body: TEXT,
    icon: TEXT,
    color: { is: 'text', form: 'color' },
    sound: TEXT,
    tag: TEXT,
    clickAction: TEXT,
    bodyLocKey: TEXT,
    bodyLocArgs: TEXTS,
    titleLocKey: TEXT,
    titleLocArgs: TEXTS,
    channelId: TEXT,
    ticker: TEXT,
    sticky: BOOLEAN,
    eventTime: { is: 'text', form: 'time' },
    localOnly: BOOLEAN,
    notificationPriority: {
      is: 'choice',
      choices: [
        'PRIORITY_MIN',
        'PRIORITY_LOW',
        'PRIORITY_DEFAULT',
        'PRIORITY_HIGH',
        'PRIORITY_MAX',
        'PRIORITY_UNSPECIFIED',
      ],
    },
    defaultSound: BOOLEAN,
    defaultVibrateTimings: BOOLEAN,
    defaultLightSettings: BOOLEAN,
    vibrateTimings: { is: 'list', of: DURATION },
    visibility: { is: 'choice', choices: ['PRIVATE', 'PUBLIC', 'SECRET', 'VISIBILITY_UNSPECIFIED'] },
    notificationCount: COUNT,
    lightSettings: LIGHTS,
    image: IMAGE,
    bypassProxyNotification: BOOLEAN,
    proxy: { is: 'choice', choices: ['ALLOW', 'DENY', 'IF_PRIORITY_LOWERED', 'PROXY_UNSPECIFIED'] },
  },
}

export const ANDROID: FieldRule = {
  is: 'object',
  naming: 'camel',
  fields: {
    collapseKey: TEXT,
    priority: { is: 'choice', choices: ['NORMAL', 'HIGH', 'normal', 'high'] },
    ttl: DURATION,
    restrictedPackageName: { is: 'text', form: 'package_name' },
    data: { is: 'texts' },
    notification: NOTIFICATION,
    fcmOptions: { is: 'object', naming: 'camel', fields: { analyticsLabel: LABEL } },
    directBootOk: BOOLEAN,
    bandwidthConstrainedOk: BOOLEAN,
    restrictedSatelliteOk: BOOLEAN,
  },
}

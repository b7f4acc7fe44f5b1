import { pino } from 'pino'
import { expect, onTestFinished, test } from 'vitest'
import { FirebaseAdminSender } from '../../../../src/push/fcm/sdk/firebase-admin-sender.ts'
import { toSdkMessage } from '../../../../src/push/fcm/sdk/sdk-message.ts'
import { redirectSdk } from '../../../../testing/fake-fcm/redirect-sdk.ts'
import { type OpenSender, runPushSenderContract, send, setup, tokens } from '../push-sender-contract.ts'

const openSender: OpenSender = (fake, settings) => {
  onTestFinished(redirectSdk(fake))
  return new FirebaseAdminSender({ ...settings, projectId: 'demo-carillon', log: pino({ level: 'silent' }) })
}

runPushSenderContract('firebase-admin', openSender)

test('the SDK puts the fields on the wire that the other sender puts there', async () => {
  const { fake, sender } = await setup(openSender)
  const message = {
    content: {
      title: 'Spring',
      body: 'It is here.',
      imageUrl: 'https://example.com/spring.png',
      link: 'https://example.com/spring',
      data: { page: 'spring' },
      android: {
        ttl: '3600.5s',
        priority: 'HIGH',
        collapseKey: 'spring',
        notification: {
          channelId: 'offers',
          notificationPriority: 'PRIORITY_LOW',
          visibility: 'PUBLIC',
          vibrateTimings: ['0.5s', '1s'],
          eventTime: '2026-11-21T09:00:00.000Z',
          lightSettings: {
            color: { red: 1, green: 0, blue: 0, alpha: 1 },
            lightOnDuration: '0.2s',
            lightOffDuration: '1s',
          },
        },
      },
      apns: { headers: { 'apns-priority': '5' }, payload: { aps: { sound: 'default' } } },
      webpush: { headers: { Urgency: 'low' }, fcmOptions: { analyticsLabel: 'spring' } },
    },
    collapseId: 'collapse-1',
  }
  expect(await send(sender, { message, tokens: tokens(1) })).toMatchObject([{ kind: 'sent' }])
  const body = JSON.parse(fake.messages()[0]?.body ?? '')
  expect(body.message).toMatchObject({
    notification: { title: 'Spring', image: 'https://example.com/spring.png' },
    data: { page: 'spring', link: 'https://example.com/spring' },
    android: {
      ttl: '3600.500000000s',
      priority: 'high',
      collapse_key: 'spring',
      notification: {
        tag: 'collapse-1',
        channel_id: 'offers',
        notification_priority: 'PRIORITY_LOW',
        visibility: 'PUBLIC',
        vibrate_timings: ['0.500000000s', '1s'],
        event_time: '2026-11-21T09:00:00.000Z',
        light_settings: {
          light_on_duration: '0.200000000s',
          light_off_duration: '1s',
          color: { red: 1, alpha: 1 },
        },
      },
    },
    apns: { headers: { 'apns-collapse-id': 'collapse-1', 'apns-priority': '5' } },
    webpush: { headers: { Topic: 'collapse-1', Urgency: 'low' } },
  })
})

test('a message that the SDK itself refuses is rejected, not in doubt', async () => {
  const { fake, sender } = await setup(openSender)
  const message = { content: { title: 'a', body: 'b', android: { ttl: 'soon' } }, collapseId: 'same' }
  expect(await send(sender, { message, tokens: tokens(2) })).toMatchObject(
    Array(2).fill({
      kind: 'rejected',
      code: 'invalid_payload',
      detail: expect.stringContaining('TTL must be a non-negative duration'),
    }),
  )
  expect(fake.stats().requests).toBe(0)
})

test('a message without android options is passed on as it is', () => {
  const message = { notification: { title: 'a' } }
  expect(toSdkMessage(message)).toEqual(message)
})

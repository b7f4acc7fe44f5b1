import { expect, it } from 'vitest'
import { shownOn } from '../../console/src/pages/new-campaign/shown-on.ts'

const message = { title: 'T', body: 'B', imageUrl: 'https://a.example/i.png' }

it('shows what is said for all, unless a platform has its own', () => {
  const given = {
    ...message,
    android: { notification: { title: 'on Android', image: 'http://a.example' } },
    apns: {
      payload: { aps: { alert: { body: 'on an iPhone' } } },
      fcmOptions: { image: 'https://b.example/' },
    },
    webpush: { notification: { body: 'in a browser' } },
  }
  expect(shownOn('android', given)).toEqual({ title: 'on Android', body: 'B', imageUrl: null })
  expect(shownOn('ios', given)).toEqual({ title: 'T', body: 'on an iPhone', imageUrl: 'https://b.example/' })
  expect(shownOn('web', given)).toEqual({ title: 'T', body: 'in a browser', imageUrl: message.imageUrl })
})

it('takes an alert that is a text, and nothing that is none', () => {
  expect(shownOn('ios', { ...message, apns: { payload: { aps: { alert: 'short' } } } }).body).toBe('short')
  expect(shownOn('android', { ...message, android: { notification: { title: 1 } } }).title).toBe('T')
})

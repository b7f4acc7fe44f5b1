import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  emptyMessage,
  type MessageForm,
  messageFormOf,
  readMessage,
} from '../../console/src/pages/new-campaign/message-form.ts'
import { messageBytes } from '../../src/domain/message.ts'

const form = (given: Partial<MessageForm>): MessageForm => ({
  ...emptyMessage,
  title: 'Title',
  body: 'Body',
  ...given,
})
const problemsOf = (given: Partial<MessageForm>) => readMessage(form(given)).problems

describe('a message as it is typed', () => {
  it('says what is missing, and shows what there is', () => {
    const { message, problems } = readMessage({ ...emptyMessage, title: 'Half', body: '  ' })
    expect(message).toEqual({ title: 'Half', body: '  ' })
    expect(problems).toEqual([{ field: 'body', code: 'missing' }])
  })

  it('leaves out what was left empty', () => {
    const { message } = readMessage(form({ link: ' ', data: [{ key: '', value: '' }], apns: '\n' }))
    expect(message).toEqual({ title: 'Title', body: 'Body' })
  })

  it('finds addresses that are not https', () => {
    expect(problemsOf({ imageUrl: 'http://a.example/b.png', link: 'a.example' })).toEqual([
      { field: 'link', code: 'not_https' },
      { field: 'imageUrl', code: 'not_https' },
    ])
  })

  it('finds data that FCM keeps to itself, has twice, or has no name for', () => {
    const data = [
      { key: 'from', value: 'x' },
      { key: 'a', value: '1' },
      { key: 'a', value: '2' },
      { key: '', value: 'y' },
    ]
    expect(problemsOf({ data })).toEqual([
      { field: 'data.2', code: 'twice' },
      { field: 'data.3', code: 'missing' },
      { field: 'data.0', code: 'reserved' },
    ])
  })

  it('says that "link" travels in the data already', () => {
    const data = [{ key: 'link', value: 'x' }]
    expect(problemsOf({ link: 'https://a.example', data })).toEqual([
      { field: 'data.0', code: 'link_is_taken' },
    ])
  })

  it('takes platform parts that are JSON objects, and repeats what the server says of their fields', () => {
    expect(problemsOf({ android: '[1]', apns: '{"a"' })).toEqual([
      { field: 'android', code: 'not_an_object' },
      { field: 'apns', code: 'not_an_object' },
    ])
    const [problem] = problemsOf({ android: '{"ttl":"soon"}' })
    expect(problem).toMatchObject({ field: 'android', code: 'other' })
    expect(problem).toHaveProperty('sentence', expect.stringContaining('"3600s"'))
  })

  it('counts bytes as the server does, and says how many are too many', () => {
    const body = '종'.repeat(1_400)
    const { bytes, problems } = readMessage(form({ body }))
    expect(bytes).toBe(messageBytes({ title: 'Title', body }))
    expect(problems).toEqual([{ field: 'size', code: 'too_large', over: bytes - 4096 }])
  })

  it('keeps every message through the form', () => {
    const text = fc.string({ minLength: 1 }).filter((value) => value.trim() !== '')
    const key = text.filter((name) => !/^(from|message_type|link|__proto__)$|^(google|gcm)\./.test(name))
    const message = fc.record(
      {
        title: text,
        body: text,
        link: fc.constant('https://a.example/?x=1'),
        imageUrl: fc.constant('https://a.example/b.png'),
        data: fc.dictionary(key, fc.string(), { minKeys: 1, noNullPrototype: true }),
        android: fc.constant({ priority: 'high', notification: { sound: 'bell' } }),
        apns: fc.constant({ payload: { aps: { badge: 1 } } }),
      },
      { requiredKeys: ['title', 'body'] },
    )
    fc.assert(
      fc.property(message, (given) => {
        expect(readMessage(messageFormOf(given)).message).toEqual(given)
      }),
    )
  })
})

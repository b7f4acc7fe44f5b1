// biome-ignore-all lint/suspicious/noTemplateCurlyInString: a placeholder in a text.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  emptyMessage,
  type MessageForm,
  messageFormOf,
  readMessage,
} from '../../console/src/pages/new-campaign/message-form.ts'
import { placeholdersIn } from '../../src/domain/message-rules/placeholders.ts'
import { messageBytes } from '../../src/domain/message-size.ts'

const form = (given: Partial<MessageForm>): MessageForm => ({
  ...emptyMessage,
  title: 'Title',
  body: 'Body',
  ...given,
})
const problemsOf = (given: Partial<MessageForm>) => readMessage(form(given)).problems

describe('a message as it is typed', () => {
  it('says what is missing, and shows what there is', () => {
    const { message, problems } = readMessage({ ...emptyMessage, link: 'https://a.example/', body: '  ' })
    expect(message).toEqual({ link: 'https://a.example/' })
    expect(problems).toEqual([{ field: 'title', code: 'no_text' }])
    expect(readMessage(emptyMessage).problems).toEqual([{ field: 'title', code: 'no_text' }])
  })

  it('is content with a title or a text, or with texts of the app', () => {
    for (const given of [
      { title: 'T' },
      { body: 'B' },
      { android: '{"notification":{"title_loc_key":"t"}}' },
    ]) {
      expect(readMessage({ ...emptyMessage, ...given }).problems).toEqual([])
    }
  })

  it('sends of a silent message the data, and keeps the rest for later', () => {
    const silent = form({ kind: 'silent', imageUrl: 'no address', data: [{ key: 'type', value: 'sync' }] })
    expect(readMessage(silent)).toMatchObject({ message: { data: { type: 'sync' } }, problems: [] })
    expect(readMessage({ ...silent, kind: 'notification' }).message).toMatchObject({ title: 'Title' })
    expect(problemsOf({ kind: 'silent' })).toEqual([{ field: 'data', code: 'no_data' }])
    expect(problemsOf({ ...silent, apns: '{"payload":{"aps":{"badge":1}}}' })).toEqual([
      { field: 'apns', code: 'shows_something' },
    ])
  })

  it('asks before it sends a placeholder, and remembers the answer', () => {
    const given = { title: 'Hi {{name}}', body: '{{name}} and ${rest}' }
    const found = ['{{name}}', '${rest}']
    expect(problemsOf(given)).toEqual([{ field: 'placeholders', code: 'placeholders', found }])
    const { message, problems } = readMessage(form({ ...given, isLiteral: true }))
    expect(problems).toEqual([])
    expect(message.placeholders).toBe('literal')
    expect(messageFormOf(message).isLiteral).toBe(true)
  })

  it('shows a placeholder as it is, however long it gets in JSON', () => {
    const long = `{{${'"'.repeat(50)}}}`
    expect(problemsOf({ title: long })).toEqual([
      { field: 'placeholders', code: 'placeholders', found: [long] },
    ])
  })

  it('warns of a message that only Apple finds too large', () => {
    const { problems, overOnApple } = readMessage(form({ body: `${'\n'.repeat(2_000)}.` }))
    expect(problems).toEqual([])
    expect(overOnApple).toBeGreaterThan(50)
    expect(readMessage(form({})).overOnApple).toBe(0)
    // One that nobody takes is not said to reach the others.
    expect(readMessage(form({ body: '가'.repeat(1_500) })).overOnApple).toBe(0)
  })

  it('leaves out what was left empty', () => {
    const { message } = readMessage(form({ link: ' ', data: [{ key: '', value: '' }], apns: '\n' }))
    expect(message).toEqual({ title: 'Title', body: 'Body' })
  })

  it('finds addresses that are not https', () => {
    expect(problemsOf({ imageUrl: 'http://a.example/b.png', link: 'a.example' })).toEqual([
      { field: 'imageUrl', code: 'not_https' },
      { field: 'link', code: 'not_link' },
    ])
    expect(problemsOf({ imageUrl: 'https://a.example//b.png' })).toEqual([
      { field: 'imageUrl', code: 'not_image' },
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
      { field: 'data.3', code: 'no_key' },
      { field: 'data.0', code: 'reserved' },
    ])
  })

  it('says that "link" travels in the data already', () => {
    const data = [{ key: 'link', value: 'x' }]
    expect(problemsOf({ link: 'https://a.example', data })).toEqual([
      { field: 'data.0', code: 'link_is_taken' },
    ])
  })

  it('takes platform parts that are JSON objects, and finds what the server would, field by field', () => {
    expect(problemsOf({ android: '[1]', apns: '{"a"' })).toEqual([
      { field: 'android', code: 'not_an_object' },
      { field: 'apns', code: 'not_an_object' },
    ])
    const [problem] = problemsOf({ android: '{"ttl":"soon"}' })
    expect(problem).toMatchObject({ field: 'android', code: 'rule', path: 'ttl', rule: { value: '"soon"' } })
    const all = problemsOf({ android: '{"notification":{"color":"red","channelID":"a"}}' })
    expect(all).toMatchObject([
      { path: 'notification/color', rule: { code: 'not_color' } },
      { path: 'notification/channelID', rule: { code: 'misspelt', expected: 'channelId' } },
    ])
  })

  it('counts bytes as the server does, and says how many are too many', () => {
    const body = '종'.repeat(1_400)
    const { bytes, problems } = readMessage(form({ body }))
    expect(bytes).toBe(messageBytes({ title: 'Title', body }))
    expect(problems).toEqual([{ field: 'size', code: 'too_large', over: bytes - 4096 }])
  })

  it('keeps every message through the form', () => {
    const text = fc
      .string({ minLength: 1 })
      .filter((value) => value.trim() !== '' && placeholdersIn(value).length === 0)
    const key = text.filter(
      (name) => !/^(from|message_type|collapse_key|link|__proto__)$|^(google|gcm)\./.test(name),
    )
    const message = fc.record(
      {
        title: text,
        body: text,
        link: fc.constant('https://a.example/?x=1'),
        imageUrl: fc.constant('https://a.example/b.png'),
        data: fc.dictionary(key, text, { minKeys: 1, noNullPrototype: true }),
        android: fc.constant({ priority: 'high', notification: { sound: 'bell' } }),
        apns: fc.constant({ payload: { aps: { badge: 1 } } }),
      },
      { requiredKeys: ['title'] },
    )
    fc.assert(
      fc.property(message, (given) => {
        expect(readMessage(messageFormOf(given)).message).toEqual(given)
      }),
    )
  })
})

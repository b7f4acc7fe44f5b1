import { describe, expect, it } from 'vitest'
import {
  type AudienceForm,
  audienceFormOf,
  emptyAudience,
  readAudience,
  splitIds,
} from '../../console/src/pages/new-campaign/audience-form.ts'
import type { Audience } from '../../src/domain/campaign.ts'

const filter = (given: Partial<AudienceForm>) => readAudience({ ...emptyAudience, kind: 'filter', ...given })

describe('an audience as it is chosen', () => {
  it('is nobody until somebody is chosen', () => {
    expect(readAudience(emptyAudience)).toEqual({
      audience: null,
      problems: [{ field: 'kind', code: 'missing' }],
    })
  })

  it('is nobody, and not everybody, when all its members were erased', () => {
    const form = audienceFormOf({ externalIds: [] })
    expect(form.kind).toBe('externalIds')
    expect(readAudience(form)).toEqual({
      audience: null,
      problems: [{ field: 'externalIds', code: 'missing' }],
    })
  })

  it('is not everybody when a filter has no condition', () => {
    expect(filter({ attributes: [{ name: '', kind: 'text', value: '' }] })).toEqual({
      audience: null,
      problems: [{ field: 'filter', code: 'missing' }],
    })
  })

  it('reads numbers, truths and JSON as such', () => {
    const attributes = [
      { name: 'plan', kind: 'text', value: '7' },
      { name: 'age', kind: 'number', value: '7' },
      { name: 'vip', kind: 'boolean', value: 'true' },
      { name: 'tags', kind: 'json', value: '["a"]' },
    ] satisfies AudienceForm['attributes']
    expect(filter({ attributes }).audience).toEqual({
      filter: { attributes: { plan: '7', age: 7, vip: true, tags: ['a'] } },
    })
  })

  it('leaves out no condition, whatever its name is', () => {
    const attributes = [
      { name: '__proto__', kind: 'text', value: 'vip' },
    ] satisfies AudienceForm['attributes']
    expect(JSON.stringify(filter({ platforms: ['ios'], attributes }).audience)).toBe(
      '{"filter":{"platforms":["ios"],"attributes":{"__proto__":"vip"}}}',
    )
  })

  it('says which line cannot be read', () => {
    const attributes = [
      { name: 'a', kind: 'number', value: ' ' },
      { name: 'b', kind: 'json', value: '{' },
      { name: '', kind: 'text', value: 'x' },
      { name: 'c', kind: 'text', value: '1' },
      { name: 'c', kind: 'text', value: '2' },
    ] satisfies AudienceForm['attributes']
    expect(filter({ attributes, seenWithinDays: '0', locales: ['de', 'not a locale'] })).toEqual({
      audience: null,
      problems: [
        { field: 'locales', code: 'not_a_locale', locale: 'not a locale' },
        { field: 'attributes.0', code: 'not_a_number' },
        { field: 'attributes.1', code: 'not_json' },
        { field: 'attributes.2', code: 'no_name' },
        { field: 'attributes.4', code: 'twice' },
        { field: 'seenWithinDays', code: 'not_days' },
      ],
    })
  })

  it('splits pasted ids at lines, or, in a single line, at commas; each once', () => {
    expect(splitIds(' a,b \r\n\nc\na,b')).toEqual(['a,b', 'c'])
    expect(splitIds('a, b;c\td,a')).toEqual(['a', 'b', 'c', 'd'])
  })

  it('refuses more than ten thousand ids, and ids that are too long', () => {
    const ids = (n: number) => Array.from({ length: n }, (_, index) => `m${index}`).join('\n')
    const read = (externalIds: string) => readAudience({ ...emptyAudience, kind: 'externalIds', externalIds })
    expect(read(ids(10_000)).problems).toEqual([])
    expect(read(ids(10_001)).problems).toEqual([{ field: 'externalIds', code: 'too_many', count: 10_001 }])
    expect(read('x'.repeat(256)).problems).toMatchObject([{ code: 'too_long' }])
    expect(read('\n').problems).toEqual([{ field: 'externalIds', code: 'missing' }])
  })

  it('keeps every audience through the form', () => {
    const audiences: Audience[] = [
      { all: true },
      { externalIds: ['one, with a comma'] },
      { externalIds: ['a', 'b'] },
      {
        filter: {
          platforms: ['ios'],
          locales: ['de-AT'],
          attributes: { a: '1', b: 2, c: false, d: null, e: { f: [] } },
          seenWithinDays: 30,
        },
      },
    ]
    for (const audience of audiences)
      expect(readAudience(audienceFormOf(audience)).audience).toEqual(audience)
  })
})

import { expect, test } from 'vitest'
import { readAttributes } from '../../console/src/pages/members/read-attributes.ts'

test('attributes are an object, or nothing for none', () => {
  expect(readAttributes('{"plan": "gold"}')).toEqual({ attributes: { plan: 'gold' }, problem: null })
  expect(readAttributes(' \n')).toEqual({ attributes: {}, problem: null })
})

test('everything else is not saved, and says why', () => {
  expect(readAttributes('{"plan": }')).toEqual({ attributes: null, problem: 'notJson' })
  for (const json of ['[]', '"x"', '5', 'null', 'true']) {
    expect(readAttributes(json)).toEqual({ attributes: null, problem: 'notAnObject' })
  }
})

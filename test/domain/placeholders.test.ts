/** Placeholders of other systems, and what only looks like one. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are placeholders in texts.
import { describe, expect, test } from 'vitest'
import { checkMessage } from '../../src/domain/check-message.ts'
import { aps, refusalOf, SHOWN } from './some-messages.ts'

describe('refused,', () => {
  test.each([
    ['{{name}}', '{{name}}'],
    ['Hi {{ user.first_name | default: "you" }}!', '{{ user.first_name | default: "you" }}'],
    ['Hi {{name', '{{name'],
    ['{% if a %}x{% endif %}', '{% if a %}'],
    ['Hi ${first_name}', '${first_name}'],
    ['Hi {{${first_name}}}', '{{${first_name}}}'],
    ['Hi <%= name %>', '<%= name %>'],
    ['Hi *|FNAME|*', '*|FNAME|*'],
    ['Hi %%First Name%%', '%%First Name%%'],
    ['Hi %first_name%, 50% off', '%first_name%'],
    ['#{고객명}님, 오늘만!', '#{고객명}'],
    ['${이름}님', '${이름}'],
    ['*|이름|*님', '*|이름|*'],
    ['%고객명%님, 50%할인', '%고객명%'],
  ])('the placeholder in %j, unless it is meant', (body, found) => {
    const refusal = refusalOf({ body })
    expect(refusal.code).toBe('message_has_placeholders')
    expect(refusal.message).toContain(`/message/body has the placeholder ${JSON.stringify(found)}`)
    expect(refusal.message).toContain('"placeholders": "literal"')
    expect(checkMessage({ body, placeholders: 'literal' })).toEqual({ body, placeholders: 'literal' })
  })

  test('a placeholder in any text, however deep', () => {
    const message = {
      ...SHOWN,
      link: 'https://a.example/{{id}}',
      ...aps({ alert: { 'loc-key': 'b', 'loc-args': ['{{name}}'] } }, {}),
    }
    expect(refusalOf(message).fields.map(({ field }) => field)).toEqual([
      '/message/link',
      '/message/apns/payload/aps/alert/loc-args/0',
    ])
  })

  test('in the name of a value too', () => {
    expect(refusalOf({ ...SHOWN, data: { '{{ key }}': 'v' } }).fields).toEqual([
      { field: '/message/data/{{ key }}', problem: expect.stringContaining('"{{ key }}"') },
    ])
  })

  test.each([
    '100%',
    '50% off, 20% back',
    '{name}',
    '%s of %d',
    '$5 {only}',
    'https://a.example/?q=%EA%B0%80%25',
    'caf%C3%A9tat%20',
    'a * | b',
    '100%리얼%',
    '최대50%쿠폰20%',
    '50%할인, 20%적립, #오늘만 #{',
  ])('but not the ordinary text %j', (body) => {
    expect(checkMessage({ body })).toEqual({ body })
  })

  test('a title that a campaign of a hundred thousand characters would make slow to look at', () => {
    const before = performance.now()
    for (const unit of ['{{', '{%', '${a', '%a', '%%a', '*|', '<%']) refusalOf({ body: unit.repeat(100_000) })
    expect(performance.now() - before).toBeLessThan(5_000)
  })
})

import { expect, test } from 'vitest'
import { sampleList } from '../../console/src/pages/import/sample-list.ts'
import { membersTexts } from '../../console/src/text/members-texts.ts'
import { check, read } from '../audience/import/read-list.ts'

test.each(['en', 'ko'] as const)('the sample list in %s is imported as it is', async (language) => {
  const { sample } = membersTexts[language].importing
  const file = sampleList(sample)
  expect(await check(file)).toMatchObject({
    lines: 2,
    accepted: 2,
    rejected: 0,
    problems: [],
    droppedCounts: [],
    warnings: [],
    found: { encoding: 'utf-8', encodingBy: 'mark', ignored: [] },
  })
  const { devices } = await read(file)
  expect(devices).toMatchObject([
    { externalId: sample.people[0], platform: 'android', locale: language, optedOut: false },
    { externalId: sample.people[1], platform: 'ios', locale: language, optedOut: true },
  ])
})

/** The conditions of a filter, all of which must match. */
import { Checkbox, Group, Stack, TagsInput, Text, TextInput } from '@mantine/core'
import { PLATFORMS, type Platform } from '../../../../src/domain/campaign.ts'
import { draftTexts } from '../../text/draft-texts.ts'
import { useTextOf } from '../../text/language.tsx'
import { AttributeFields } from './attribute-fields.tsx'
import type { AudienceFieldsProps } from './audience-fields.tsx'
import { MAX_LOCALES } from './audience-form.ts'

const COMMON_LOCALES = ['ko', 'en', 'ja', 'zh', 'de', 'es', 'fr', 'pt', 'vi', 'th', 'id', 'ar']

export function FilterFields(props: AudienceFieldsProps) {
  const { draftAudience: text, states } = useTextOf(draftTexts)
  const { audience, change, errorOf } = props
  const missing = errorOf('filter')
  return (
    <Stack gap="md">
      <Checkbox.Group
        label={text.platforms}
        description={text.platformsHint}
        value={audience.platforms}
        onChange={(platforms) => change({ platforms: platforms as Platform[] })}
      >
        <Group gap="lg" mt="xs">
          {PLATFORMS.map((platform) => (
            <Checkbox key={platform} value={platform} label={states.platform[platform]} />
          ))}
        </Group>
      </Checkbox.Group>
      <TagsInput
        label={text.locales}
        description={text.localesHint}
        data={COMMON_LOCALES}
        value={audience.locales}
        onChange={(locales) => change({ locales })}
        maxTags={MAX_LOCALES}
        error={errorOf('locales')}
        acceptValueOnBlur
        maw="36rem"
      />
      <TextInput
        label={text.seenWithinDays}
        description={text.seenHint}
        inputMode="numeric"
        value={audience.seenWithinDays}
        onChange={(event) => change({ seenWithinDays: event.currentTarget.value })}
        error={errorOf('seenWithinDays')}
        maw="20rem"
      />
      <AttributeFields {...props} />
      {missing !== false && (
        <Text size="sm" c="var(--mantine-color-error)" role="alert">
          {missing}
        </Text>
      )}
    </Stack>
  )
}

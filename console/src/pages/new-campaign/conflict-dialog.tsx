/**
 * Somebody else has saved this campaign: who, when, and what differs from the screen. Nothing is saved or sent before the
 * user has chosen.
 */
import { Button, Group, Modal, Stack, Text } from '@mantine/core'
import { ButtonLink } from '../../components/links.tsx'
import { draftTexts } from '../../text/draft-texts.ts'
import { useTextOf } from '../../text/language.tsx'
import { ownZone } from '../../zones.ts'
import { DifferenceTable } from './difference-table.tsx'
import { draftFormOf } from './draft-form.ts'
import type { Stored } from './draft-saver.ts'
import { type Draft, isEditable } from './use-draft.ts'

export function ConflictDialog({ draft }: { draft: Draft }) {
  const { draftConflict: text } = useTextOf(draftTexts)
  const { conflict } = draft.saved
  return (
    <Modal
      opened={conflict !== null}
      // There is no way around the choice: whatever is typed on could not be saved.
      onClose={() => {}}
      withCloseButton={false}
      closeOnEscape={false}
      closeOnClickOutside={false}
      title={text.title}
      size="56rem"
    >
      {conflict !== null && <Choice draft={draft} theirs={conflict} />}
    </Modal>
  )
}

function Choice({ draft, theirs }: { draft: Draft; theirs: Stored }) {
  const { draftConflict: text, states, format } = useTextOf(draftTexts)
  const { campaign } = theirs
  const who = campaign.changedByName ?? text.somebody
  if (!isEditable(theirs)) {
    return (
      <Stack gap="md">
        <Text size="sm">
          {text.sent(campaign.sentByName ?? text.somebody, states.campaign[campaign.state])}
        </Text>
        <Group justify="flex-end">
          <ButtonLink to="/campaigns/$id" params={{ id: campaign.id }}>
            {text.toCampaign}
          </ButtonLink>
        </Group>
      </Stack>
    )
  }
  // Only looked: there is nothing of theirs to lose, and nothing to choose.
  if (draft.isSaved) {
    return (
      <Stack gap="md">
        <Text size="sm">{text.changedOnly(who, format.exactTime(campaign.updatedAt))}</Text>
        <DifferenceTable
          theirs={draftFormOf(campaign, ownZone())}
          mine={draft.form}
          theirsTitle={text.theirs(who)}
        />
        <Group justify="flex-end">
          <Button onClick={draft.takeTheirs} data-autofocus>
            {text.showTheirs}
          </Button>
        </Group>
      </Stack>
    )
  }
  return (
    <Stack gap="md">
      <Text size="sm">{text.changed(who, format.exactTime(campaign.updatedAt))}</Text>
      <DifferenceTable
        theirs={draftFormOf(campaign, ownZone())}
        mine={draft.form}
        theirsTitle={text.theirs(who)}
      />
      <Text size="sm" c="dimmed">
        {text.choose}
      </Text>
      <Group justify="flex-end" gap="xs">
        <Button variant="default" onClick={draft.keepMine}>
          {text.keepMine}
        </Button>
        <Button onClick={draft.takeTheirs} data-autofocus>
          {text.takeTheirs}
        </Button>
      </Group>
    </Stack>
  )
}

/** What the import does with opt-outs and expired addresses, and the button that starts it. */
import { Button, Group, Modal, Stack, Switch, Text } from '@mantine/core'
import { IconUpload } from '@tabler/icons-react'
import { useState } from 'react'
import type { ImportReport, ImportSettings } from '../../api/import-devices.ts'
import { Panel } from '../../components/panel.tsx'
import { useTextOf } from '../../text/language.tsx'
import { membersTexts } from '../../text/members-texts.ts'

interface Props {
  report: ImportReport
  isWhole: boolean
  onStart: (settings: Pick<ImportSettings, 'liftsOptOuts' | 'revive'>) => void
}

export function StartImport({
  report: { accepted, optedOut, optedIn, membersKept },
  isWhole,
  onStart,
}: Props) {
  const { importing: text } = useTextOf(membersTexts)
  const [liftsOptOuts, setLifts] = useState(false)
  const [revive, setRevive] = useState(false)
  const [isAsking, setAsking] = useState(false)
  const saysNothing = optedOut === 0 && optedIn === 0
  const start = () => onStart({ liftsOptOuts, revive })
  return (
    <Panel title={text.consentTitle}>
      <Stack gap="md">
        <Text size="sm">{saysNothing ? text.consentNone : text.consentFound(optedOut, optedIn)}</Text>
        {optedIn > 0 && (
          <Switch
            label={text.lift}
            description={text.liftHint}
            checked={liftsOptOuts}
            onChange={(event) => setLifts(event.currentTarget.checked)}
          />
        )}
        <Switch
          label={text.revive}
          description={text.reviveHint}
          checked={revive}
          onChange={(event) => setRevive(event.currentTarget.checked)}
        />
        <Group>
          <Button
            leftSection={<IconUpload size={16} aria-hidden />}
            disabled={isWhole && accepted + membersKept === 0}
            onClick={() => (liftsOptOuts ? setAsking(true) : start())}
          >
            {isWhole ? text.start(accepted) : text.startPart}
          </Button>
        </Group>
      </Stack>
      <Modal
        opened={isAsking}
        onClose={() => setAsking(false)}
        title={text.liftTitle}
        closeButtonProps={{ 'aria-label': text.cancel }}
      >
        <Stack gap="md">
          <Text size="sm">{text.liftSure(optedIn)}</Text>
          <Group justify="flex-end">
            <Button variant="default" onClick={() => setAsking(false)}>
              {text.liftBack}
            </Button>
            <Button color="red" onClick={start}>
              {text.liftConfirm}
            </Button>
          </Group>
        </Stack>
      </Modal>
    </Panel>
  )
}

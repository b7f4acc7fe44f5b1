/** Imports devices: choose a file, preview it, upload it, see the result. */
import { Button, Group, Stack, Text } from '@mantine/core'
import { IconEye } from '@tabler/icons-react'
import { useState } from 'react'
import { BackLink } from '../../components/back-link.tsx'
import { Empty } from '../../components/empty.tsx'
import { Page } from '../../components/page.tsx'
import { useMay } from '../../components/use-session.ts'
import { useTextOf } from '../../text/language.tsx'
import { membersTexts } from '../../text/members-texts.ts'
import { DropZone } from './drop-zone.tsx'
import { FilePreview } from './file-preview.tsx'
import { ImportResult } from './import-result.tsx'
import { PREVIEW_BYTES, type Preview, previewDevices } from './preview-devices.ts'
import { UploadProgress } from './upload-progress.tsx'
import { useImport } from './use-import.ts'

export function ImportPage() {
  const { importing: text } = useTextOf(membersTexts)
  const mayImport = useMay('devices:import')
  return (
    <Page title={text.title} above={<BackLink to="/members">{text.back}</BackLink>}>
      {mayImport ? (
        <Import />
      ) : (
        <Empty icon={<IconEye size={40} aria-hidden />} title={text.notAllowedTitle}>
          {text.notAllowed}
        </Empty>
      )}
    </Page>
  )
}

interface Chosen {
  file: File
  preview: Preview
}

function Import() {
  const { importing: text } = useTextOf(membersTexts)
  const [chosen, setChosen] = useState<Chosen | null>(null)
  const [isUnreadable, setUnreadable] = useState(false)
  const work = useImport()
  const choose = async (file: File) => {
    work.reset()
    try {
      const bytes = new Uint8Array(await file.slice(0, PREVIEW_BYTES).arrayBuffer())
      setChosen({ file, preview: previewDevices(file.name, bytes, file.size <= PREVIEW_BYTES) })
      setUnreadable(false)
    } catch {
      // A folder, or a file that was deleted. The browser's message is not translated.
      setChosen(null)
      setUnreadable(true)
    }
  }
  const again = () => {
    work.reset()
    setChosen(null)
  }

  if (chosen === null) {
    return (
      <Stack gap="md">
        <DropZone onFile={(file) => void choose(file)} />
        {isUnreadable && (
          <Text size="sm" c="var(--mantine-color-error)" role="alert">
            {text.fileUnreadable}
          </Text>
        )}
      </Stack>
    )
  }
  if (work.state.kind === 'running') {
    return <UploadProgress file={chosen.file} sent={work.state.sent} onCancel={work.cancel} />
  }
  if (work.state.kind !== 'idle') {
    return (
      <ImportResult
        file={chosen.file}
        state={work.state}
        onRepeat={() => work.start(chosen.file, chosen.preview.format)}
        onAnother={again}
      />
    )
  }
  return (
    <Stack gap="md">
      <FilePreview
        file={chosen.file}
        preview={chosen.preview}
        onStart={(revive) => work.start(chosen.file, chosen.preview.format, revive)}
      />
      <Group>
        <Button variant="default" onClick={again}>
          {text.chooseAnother}
        </Button>
      </Group>
    </Stack>
  )
}

/** Takes a dropped file, or one chosen with the button, which is there for keyboard and screen reader. */
import { Button, FileButton, Stack, Text } from '@mantine/core'
import { IconDownload, IconFileUpload } from '@tabler/icons-react'
import { type DragEvent, useRef, useState } from 'react'
import { useTextOf } from '../../text/language.tsx'
import { membersTexts } from '../../text/members-texts.ts'
import classes from './import.module.css'
import { sampleList } from './sample-list.ts'
import { saveAs } from './save-as.ts'

export function DropZone({ onFile }: { onFile: (file: File) => void }) {
  const { importing: text } = useTextOf(membersTexts)
  const [isOver, setOver] = useState(false)
  const reset = useRef<() => void>(null)
  const over = (event: DragEvent) => {
    event.preventDefault()
    setOver(true)
  }
  const drop = (event: DragEvent) => {
    event.preventDefault()
    setOver(false)
    const file = event.dataTransfer.files[0]
    if (file !== undefined) onFile(file)
  }
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: it only takes dropped files; the button does the same.
    <div
      className={classes.zone}
      data-over={isOver}
      onDragEnter={over}
      onDragOver={over}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <Stack align="center" gap="sm">
        <IconFileUpload size={40} aria-hidden />
        <Text fw={600}>{isOver ? text.dropNow : text.drop}</Text>
        <FileButton
          // The same file may be chosen again, once it has been saved.
          resetRef={reset}
          onChange={(file) => {
            reset.current?.()
            if (file !== null) onFile(file)
          }}
          accept=".csv,.tsv,.txt,.ndjson,.jsonl,.json,.gz,text/csv,application/x-ndjson,application/json,application/gzip"
        >
          {(props) => <Button {...props}>{text.choose}</Button>}
        </FileButton>
        <Text size="sm" c="dimmed" ta="center" maw="34rem">
          {text.formats}
        </Text>
        <Button
          variant="subtle"
          size="xs"
          leftSection={<IconDownload size={14} aria-hidden />}
          onClick={() => saveAs(text.sample.file, 'text/csv', sampleList(text.sample))}
        >
          {text.sample.download}
        </Button>
      </Stack>
    </div>
  )
}

/**
 * The address of the image, whether it can be loaded, and an upload for those who have no place for it. Its bytes are not
 * known here: another origin does not tell them.
 */
import { Button, FileButton, Group, Text, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { IconUpload } from '@tabler/icons-react'
import { useMutation } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { IMAGE_TYPES, MAX_IMAGE_BYTES, storeImage } from '../../api/images.ts'
import { ApiProblem } from '../../api/problem.ts'
import { ProblemAlert } from '../../components/problem-alert.tsx'
import { draftTexts } from '../../text/draft-texts.ts'
import { useTextOf } from '../../text/language.tsx'
import type { FieldsProps } from './message-step.tsx'

const TYPED_AFTER_MS = 500

export function ImageField({ message, change, errorOf }: FieldsProps) {
  const { draft: text, draftImage, format } = useTextOf(draftTexts)
  const error = errorOf('imageUrl')
  const [refused, setRefused] = useState<string | null>(null)
  const upload = useMutation({
    mutationFn: (file: File) => storeImage(file),
    onSuccess: ({ url }) => change({ imageUrl: url }),
  })
  const choose = (file: File | null) => {
    if (file === null) return
    const isKnown = IMAGE_TYPES.includes(file.type)
    setRefused(
      isKnown
        ? file.size > MAX_IMAGE_BYTES
          ? draftImage.tooLarge(format.bytes(file.size))
          : null
        : draftImage.notAnImage,
    )
    if (isKnown && file.size <= MAX_IMAGE_BYTES) upload.mutate(file)
  }
  const isNotSetUp = upload.error instanceof ApiProblem && upload.error.code === 'images_not_set_up'
  return (
    <div>
      <Group gap="xs" align="flex-end" wrap="nowrap">
        <TextInput
          type="url"
          label={text.imageUrl}
          description={text.imageHint}
          placeholder="https://"
          value={message.imageUrl}
          onChange={(event) => change({ imageUrl: event.currentTarget.value })}
          error={error !== false}
          flex="1 1 0"
          miw={0}
        />
        <FileButton accept={IMAGE_TYPES.join(',')} onChange={choose}>
          {(button) => (
            <Button
              {...button}
              variant="default"
              loading={upload.isPending}
              disabled={isNotSetUp}
              leftSection={<IconUpload size={16} aria-hidden />}
            >
              {draftImage.upload}
            </Button>
          )}
        </FileButton>
      </Group>
      {error !== false && (
        <Text size="xs" c="var(--mantine-color-error)" mt={4} role="alert">
          {error}
        </Text>
      )}
      {refused !== null && (
        <Text size="sm" c="var(--mantine-color-error)" mt={4} role="alert">
          {refused}
        </Text>
      )}
      {isNotSetUp && (
        <Text size="sm" c="dimmed" mt={4} role="status">
          {draftImage.notSetUp}
        </Text>
      )}
      {upload.isError && !isNotSetUp && <ProblemAlert error={upload.error} title={draftImage.uploadFailed} />}
      {error === false && <Loaded url={message.imageUrl.trim()} />}
    </div>
  )
}

type Found = { url: string; width: number; height: number } | { url: string; isBroken: true }

/** As the browser of this page finds it; a device may be in another network. */
function Loaded({ url }: { url: string }) {
  const { draftImage: text } = useTextOf(draftTexts)
  const [asked] = useDebouncedValue(url, TYPED_AFTER_MS)
  const [found, setFound] = useState<Found | null>(null)
  useEffect(() => {
    if (asked === '') return
    const image = new Image()
    image.referrerPolicy = 'no-referrer'
    image.onload = () => setFound({ url: asked, width: image.naturalWidth, height: image.naturalHeight })
    image.onerror = () => setFound({ url: asked, isBroken: true })
    image.src = asked
    return () => {
      image.onload = null
      image.onerror = null
    }
  }, [asked])
  if (found === null || found.url !== url) return null
  if ('isBroken' in found) {
    return (
      <Text size="sm" c="var(--mantine-color-error)" mt={4} role="alert">
        {text.broken}
      </Text>
    )
  }
  const ratio = found.width / Math.max(1, found.height)
  return (
    <Text size="sm" c="dimmed" mt={4} role="status">
      {text.loaded(found.width, found.height)}
      {(ratio < 1.7 || ratio > 2.3) && ` ${text.cut}`}
    </Text>
  )
}

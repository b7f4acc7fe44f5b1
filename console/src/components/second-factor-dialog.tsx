/** Two-step sign-in of the own account: off, being set up, or on. Loaded when it is opened. */
import { Button, Group, Modal, Stack, Text } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { keys } from '../api/query-keys.ts'
import {
  beginSecondFactor,
  finishSecondFactor,
  removeSecondFactor,
  secondFactorQuery,
} from '../api/session.ts'
import { accountTexts } from '../text/account-texts.ts'
import { useTextOf } from '../text/language.tsx'
import { Answer } from './answer.tsx'
import { ProblemAlert } from './problem-alert.tsx'
import { RecoveryCodes } from './recovery-codes.tsx'
import { SecondFactorSetup } from './second-factor-setup.tsx'
import { toastDone } from './toast.tsx'
import { useFocusReturn } from './use-focus-return.ts'

/** Fewer are worth a word. */
const FEW_CODES = 3

export function SecondFactorDialog({ onClose }: { onClose: () => void }) {
  useFocusReturn()
  const { account: text, shell, format } = useTextOf(accountTexts)
  const client = useQueryClient()
  const query = useQuery(secondFactorQuery)
  const refresh = () => client.invalidateQueries({ queryKey: keys.secondFactor })
  const begin = useMutation({ mutationFn: beginSecondFactor })
  const finish = useMutation({ mutationFn: finishSecondFactor, onSuccess: refresh })
  const remove = useMutation({
    mutationFn: removeSecondFactor,
    onSuccess: async () => {
      toastDone(text.turnedOff, shell.close)
      await refresh()
    },
  })
  const codes = finish.data?.recoveryCodes
  const body = () => {
    if (codes !== undefined) return <RecoveryCodes codes={codes} onClose={onClose} />
    if (begin.data !== undefined)
      return <SecondFactorSetup begun={begin.data} finish={finish} onClose={onClose} />
    return (
      <Answer query={query}>
        {({ onSince, recoveryCodesLeft }) => (
          <Stack gap="md">
            {begin.isError && <ProblemAlert error={begin.error} />}
            {remove.isError && <ProblemAlert error={remove.error} />}
            <Text size="sm">
              {onSince === null ? text.secondFactorOff : text.secondFactorOn(format.dateTime(onSince))}
            </Text>
            {onSince !== null && (
              <Text size="sm" c="dimmed">
                {text.recoveryLeft(recoveryCodesLeft)} {recoveryCodesLeft < FEW_CODES && text.recoveryFew}
              </Text>
            )}
            <Group justify="flex-end">
              <Button variant="default" onClick={onClose}>
                {shell.close}
              </Button>
              {onSince === null ? (
                <Button loading={begin.isPending} onClick={() => begin.mutate()}>
                  {text.setUp}
                </Button>
              ) : (
                <Button color="red" loading={remove.isPending} onClick={() => remove.mutate()}>
                  {text.turnOff}
                </Button>
              )}
            </Group>
          </Stack>
        )}
      </Answer>
    )
  }
  const isShown = codes === undefined
  return (
    <Modal
      opened
      onClose={onClose}
      title={isShown ? text.secondFactorTitle : text.recoveryTitle}
      // A click outside would lose the recovery codes.
      closeOnClickOutside={isShown}
      closeOnEscape={isShown}
      withCloseButton={isShown}
      closeButtonProps={{ 'aria-label': shell.close }}
    >
      {body()}
    </Modal>
  )
}

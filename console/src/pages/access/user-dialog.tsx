/** Adds or edits a user. Users cannot change their own role: the last admin could not undo it. */
import {
  Button,
  Group,
  Modal,
  NativeSelect,
  PasswordInput,
  Stack,
  Switch,
  Text,
  TextInput,
} from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { PASSWORD_LENGTH } from '../../../../src/domain/password-length.ts'
import { ROLES, type Role } from '../../../../src/domain/permissions.ts'
import { changeUser, createUser, type User } from '../../api/access.ts'
import { keys } from '../../api/query-keys.ts'
import { ProblemAlert } from '../../components/problem-alert.tsx'
import { toastDone } from '../../components/toast.tsx'
import { useFocusReturn } from '../../components/use-focus-return.ts'
import { useSession } from '../../components/use-session.ts'
import { accessTexts } from '../../text/access-texts.ts'
import { useTextOf } from '../../text/language.tsx'

/** `user` is null for a new one. */
export function UserDialog({ user, onClose }: { user: User | null; onClose: () => void }) {
  useFocusReturn()
  const { access: text, shell, who } = useTextOf(accessTexts)
  const session = useSession()
  const [name, setName] = useState('')
  const [role, setRole] = useState<Role>(user?.role ?? 'operator')
  const [password, setPassword] = useState('')
  const [maySignIn, setMaySignIn] = useState(user === null || user.disabledAt === null)
  const [takesSecondFactor, setTakesSecondFactor] = useState(false)
  const isSelf = user !== null && session.kind === 'user' && session.name === user.name
  const isShort = password.length < PASSWORD_LENGTH.min && (user === null || password !== '')
  const [isPressed, setPressed] = useState(false)
  const save = useSave(user, onClose)

  const submit = (event: FormEvent) => {
    event.preventDefault()
    setPressed(true)
    if (!isShort)
      save.mutate({ name: name.trim(), role, password, disabled: !maySignIn, isSelf, takesSecondFactor })
  }

  return (
    <Modal
      opened
      onClose={onClose}
      title={user === null ? text.addUser : text.changeUser(user.name)}
      closeButtonProps={{ 'aria-label': shell.close }}
    >
      <form onSubmit={submit}>
        <Stack gap="md">
          {save.isError && <ProblemAlert error={save.error} />}
          {user === null && (
            <TextInput
              label={text.name}
              value={name}
              onChange={(event) => setName(event.currentTarget.value)}
              maxLength={100}
              required
              autoComplete="off"
              data-autofocus
            />
          )}
          <NativeSelect
            label={text.role}
            description={who.roleHint[role]}
            value={role}
            onChange={(event) => setRole(event.currentTarget.value as Role)}
            data={ROLES.map((each) => ({ value: each, label: who.roles[each] }))}
            disabled={isSelf}
          />
          <PasswordInput
            label={user === null ? text.password : text.newPassword}
            description={user === null ? text.passwordHint(PASSWORD_LENGTH.min) : text.newPasswordHint}
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
            error={isPressed && isShort && text.passwordShort(PASSWORD_LENGTH.min)}
            maxLength={PASSWORD_LENGTH.max}
            required={user === null}
            autoComplete="new-password"
          />
          {user !== null && (
            <Switch
              label={text.canSignIn}
              description={text.disableHint}
              checked={maySignIn}
              onChange={(event) => setMaySignIn(event.currentTarget.checked)}
              disabled={isSelf}
            />
          )}
          {user?.hasSecondFactor && (
            <Switch
              label={text.takeSecondFactor}
              description={text.takeSecondFactorHint}
              checked={takesSecondFactor}
              onChange={(event) => setTakesSecondFactor(event.currentTarget.checked)}
            />
          )}
          {isSelf && (
            <Text size="sm" c="dimmed">
              {text.ownAccountHint}
            </Text>
          )}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {shell.cancel}
            </Button>
            <Button type="submit" loading={save.isPending}>
              {user === null ? text.create : text.save}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}

interface Given {
  name: string
  role: Role
  password: string
  disabled: boolean
  isSelf: boolean
  takesSecondFactor: boolean
}

function useSave(user: User | null, onClose: () => void) {
  const { access: text, shell } = useTextOf(accessTexts)
  const client = useQueryClient()
  return useMutation({
    mutationFn: ({ name, role, password, disabled, isSelf, takesSecondFactor }: Given) => {
      if (user === null) return createUser({ name, role, password })
      return changeUser(user.id, {
        ...(!isSelf && { role, disabled }),
        ...(password !== '' && { password }),
        ...(takesSecondFactor && { secondFactor: false }),
      })
    },
    onSuccess: async (saved) => {
      toastDone(user === null ? text.userAdded(saved.name) : text.userChanged(saved.name), shell.close)
      onClose()
      await client.invalidateQueries({ queryKey: keys.users })
    },
  })
}

/** What a new key may do, from where, and until when. */
import { Button, Checkbox, Group, NativeSelect, Stack, Switch, Textarea, TextInput } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { type Permission, permissionsOfKey, ROLES, type Role } from '../../../../src/domain/permissions.ts'
import type { NewApiKeyGiven } from '../../api/access.ts'
import { accessTexts } from '../../text/access-texts.ts'
import { useTextOf } from '../../text/language.tsx'

interface Props {
  isPending: boolean
  onMake: (body: NewApiKeyGiven) => void
  onClose: () => void
}

export function KeyForm({ isPending, onMake, onClose }: Props) {
  const { access: text, shell, who } = useTextOf(accessTexts)
  const [name, setName] = useState('')
  const [role, setRole] = useState<Role>('registrar')
  const [only, setOnly] = useState<Permission[] | null>(null)
  const [addresses, setAddresses] = useState('')
  const [day, setDay] = useState('')
  const possible = permissionsOfKey(role)
  const permissions = only?.filter((permission) => possible.includes(permission))
  const hasNone = permissions?.length === 0
  // The last second of that day in the user's time zone.
  const expiresAt = day === '' ? null : new Date(`${day}T23:59:59`)
  const isPast = expiresAt !== null && !(expiresAt > new Date())
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (isPast || hasNone) return
    onMake({
      name: name.trim(),
      role,
      expiresAt: expiresAt?.toISOString() ?? null,
      allowedAddresses: addresses.split(/[\s,]+/).filter((address) => address !== ''),
      ...(permissions !== undefined && { permissions }),
    })
  }
  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        <TextInput
          label={text.keyName}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          maxLength={100}
          required
          autoComplete="off"
          data-autofocus
        />
        <NativeSelect
          label={text.role}
          description={who.roleHint[role]}
          value={role}
          onChange={(event) => setRole(event.currentTarget.value as Role)}
          data={ROLES.map((each) => ({ value: each, label: who.roles[each] }))}
        />
        {possible.length > 1 && (
          <Switch
            label={text.limit}
            description={text.limitHint}
            checked={only !== null}
            onChange={(event) => setOnly(event.currentTarget.checked ? [] : null)}
          />
        )}
        {only !== null && possible.length > 1 && (
          <Checkbox.Group
            value={permissions ?? []}
            onChange={(chosen) => setOnly(chosen as Permission[])}
            error={hasNone && text.limitNone}
            aria-label={text.limit}
          >
            <Stack gap="xs">
              {possible.map((permission) => (
                <Checkbox key={permission} value={permission} label={text.permission[permission]} />
              ))}
            </Stack>
          </Checkbox.Group>
        )}
        <Textarea
          label={text.addresses}
          description={text.addressesHint}
          value={addresses}
          onChange={(event) => setAddresses(event.currentTarget.value)}
          autosize
          minRows={2}
          maxRows={6}
          spellCheck={false}
          autoComplete="off"
        />
        <TextInput
          type="date"
          label={text.expires}
          description={text.expiresHint}
          value={day}
          onChange={(event) => setDay(event.currentTarget.value)}
          error={isPast && text.expiresPast}
        />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {shell.cancel}
          </Button>
          <Button type="submit" loading={isPending}>
            {text.createKey}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

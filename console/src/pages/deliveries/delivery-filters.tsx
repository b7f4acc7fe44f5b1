import { Button, Group, NativeSelect, TextInput } from '@mantine/core'
import { useNavigate } from '@tanstack/react-router'
import { type FormEvent, useEffect, useState } from 'react'
import {
  codesOf,
  type DeliveryCode,
  LISTED_STATES,
  type ListedState,
} from '../../../../src/domain/delivery-result.ts'
import type { Progress } from '../../api/campaigns.ts'
import type { DeliveryFilter } from '../../api/deliveries.ts'
import { countOf } from '../../progress-figures.ts'
import { deliveriesTexts } from '../../text/deliveries-texts.ts'
import { useTextOf } from '../../text/language.tsx'

interface Props {
  filter: DeliveryFilter
  /** Of the campaign, once they are read. */
  progress: Progress | undefined
}

export function DeliveryFilters({ filter, progress }: Props) {
  const text = useTextOf(deliveriesTexts)
  const { deliveries: said } = text
  const navigate = useNavigate({ from: '/campaigns/$id/deliveries' })
  const [member, setMember] = useState(filter.member ?? '')
  const [address, setAddress] = useState(filter.address ?? '')

  // The filter also changes by the browser's back and forward, and when it is cleared.
  useEffect(() => {
    setMember(filter.member ?? '')
    setAddress(filter.address ?? '')
  }, [filter.member, filter.address])

  const codes = filter.state === undefined || filter.state === 'canceled' ? [] : codesOf(filter.state)

  const put = (change: DeliveryFilter) => {
    const next = { ...filter, member: member.trim(), address: address.trim(), ...change }
    void navigate({
      search: {
        ...(next.state && { state: next.state }),
        ...(next.code && { code: next.code }),
        ...(next.member && { member: next.member }),
        ...(next.address && { address: next.address }),
      },
    })
  }
  const search = (event: FormEvent) => {
    event.preventDefault()
    put({})
  }

  return (
    <Group component="search" mb="md">
      <form onSubmit={search} style={{ width: '100%' }}>
        <Group gap="sm" align="flex-end">
          <NativeSelect
            label={said.state}
            data={[
              { value: '', label: said.allStates },
              ...LISTED_STATES.map((state) => ({
                value: state,
                label:
                  progress === undefined
                    ? text.states.delivery[state]
                    : said.stateCount(text.states.delivery[state], countOf(progress, state)),
              })),
            ]}
            value={filter.state ?? ''}
            onChange={({ currentTarget: { value } }) =>
              put({ state: (value || undefined) as ListedState | undefined, code: undefined })
            }
            flex="1 1 10rem"
            maw={{ sm: '11rem' }}
          />
          {codes.length > 1 && (
            <NativeSelect
              label={said.code}
              data={[
                { value: '', label: said.allCodes },
                ...codes.map((code) => ({ value: code, label: text.codes[code].name })),
              ]}
              value={filter.code ?? ''}
              onChange={({ currentTarget: { value } }) =>
                put({ code: (value || undefined) as DeliveryCode | undefined })
              }
              flex="1 1 13rem"
            />
          )}
          <TextInput
            label={said.member}
            placeholder={said.memberHint}
            value={member}
            onChange={(event) => setMember(event.currentTarget.value)}
            maxLength={255}
            flex="1 1 10rem"
          />
          <TextInput
            label={said.address}
            placeholder={said.addressHint}
            value={address}
            onChange={(event) => setAddress(event.currentTarget.value)}
            maxLength={4_096}
            flex="1 1 10rem"
          />
          <Button type="submit" variant="default">
            {said.apply}
          </Button>
        </Group>
      </form>
    </Group>
  )
}

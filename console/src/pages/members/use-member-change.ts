/**
 * Changes a member that was seen in some state. If somebody else has changed it since, nothing is saved: `current` is then what
 * is stored now, to be looked at, and the next attempt is about that.
 */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { changeMember, type MemberChanges, type MemberDetail, memberQuery } from '../../api/members.ts'
import { ApiProblem } from '../../api/problem.ts'
import { keys } from '../../api/query-keys.ts'

export function useMemberChange(member: MemberDetail, onDone: (changed: MemberDetail) => void) {
  const client = useQueryClient()
  const { externalId } = member
  const [seen, setSeen] = useState(member.etag)
  const [current, setCurrent] = useState<MemberDetail | null>(null)
  const { mutate, isPending, error } = useMutation({
    /** `isSafe`: right whatever is stored, such as an opt-out. */
    mutationFn: ({ changes, isSafe = false }: { changes: MemberChanges; isSafe?: boolean }) =>
      changeMember(externalId, changes, isSafe ? null : seen),
    onSuccess: (changed) => {
      client.setQueryData(keys.member(externalId), changed)
      void client.invalidateQueries({ queryKey: ['members', 'list'] })
      onDone(changed)
    },
    onError: async (problem) => {
      if (!(problem instanceof ApiProblem) || problem.code !== 'member_changed') return
      const now = await client.fetchQuery({ ...memberQuery(externalId), staleTime: 0 })
      setSeen(now.etag)
      setCurrent(now)
    },
  })
  return { change: mutate, isPending, error, current }
}

/** The field that the server refuses, which is the first one that is wrong; null if it is none of these. */
export function refusedField<F extends string>(error: unknown, fields: readonly F[]): F | null {
  if (!(error instanceof ApiProblem) || error.code !== 'invalid_request') return null
  const names = error.fields.map(({ field }) => field.split('/')[1])
  return fields.find((each) => names.includes(each)) ?? null
}

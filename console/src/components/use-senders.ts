/** The roles that send, in words: "Operator or Admin". For whoever may not. */
import { rolesWith } from '../../../src/domain/permissions.ts'
import { useTextOf } from '../text/language.tsx'
import { roleTexts } from '../text/role-texts.ts'

export function useSenders(): string {
  const { who } = useTextOf(roleTexts)
  return who.oneOf(rolesWith('campaigns:send').map((role) => who.roles[role]))
}

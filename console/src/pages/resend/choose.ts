/** Who can be chosen for a resend, and how many that are. Pure. */

import type { Resent } from '../../../../src/domain/campaign.ts'
import type { DeliveryCode } from '../../../../src/domain/delivery-result.ts'
import type { ResendChoice } from '../../api/resend.ts'

export interface Chosen {
  only: Resent
  codes: DeliveryCode[]
}

/** Canceled devices have no reason of their own: they are chosen as a whole. */
export function isDone({ codes, resentBy }: ResendChoice): boolean {
  return codes.length === 0 ? resentBy !== null : codes.every((code) => code.resentBy !== null)
}

/** Those whom a resend may reach: neither dead addresses nor devices that another resend has. */
export function suggested({ codes }: ResendChoice): DeliveryCode[] {
  return codes
    .filter(({ isAddressDead, resentBy }) => !isAddressDead && resentBy === null)
    .map(({ code }) => code)
}

/** In doubt is never suggested: it may send twice, and a person decides that. */
const SUGGESTED_KINDS = ['canceled', 'failed'] as const

export function firstChoice(choices: readonly ResendChoice[]): Chosen | null {
  const open = choices.filter((choice) => choice.devices > 0 && !isDone(choice))
  for (const only of SUGGESTED_KINDS) {
    const choice = open.find((each) => each.only === only)
    if (choice === undefined) continue
    const codes = suggested(choice)
    if (choice.codes.length === 0 || codes.length > 0) return { only, codes }
  }
  const [other] = open
  return other === undefined ? null : { only: other.only, codes: [] }
}

/** `active`: those of them that will be sent to. Null: too many to have been counted. */
export interface Count {
  devices: number
  active: number | null
}

export function chosenCount(choice: ResendChoice, codes: readonly DeliveryCode[]): Count {
  if (choice.codes.length === 0) return { devices: choice.devices, active: choice.active }
  const chosen = choice.codes.filter(({ code, resentBy }) => resentBy === null && codes.includes(code))
  const sum = (counts: readonly number[]) => counts.reduce((all, each) => all + each, 0)
  const active = chosen.map((each) => each.active)
  return {
    devices: sum(chosen.map(({ devices }) => devices)),
    active: active.every((each) => each !== null) ? sum(active) : null,
  }
}

/** Accepts the separators of any language. */
export function typedNumber(typed: string): number | null {
  const digits = typed.replaceAll(/[\s,.'’_]/g, '')
  return /^\d+$/.test(digits) ? Number(digits) : null
}

/**
 * For whom this code is running: of a request, its caller; otherwise the process itself. The API sets it in one place for every
 * request (api/http/name-actor.ts), so no function in between can name the wrong one, or forget to.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import type { Actor } from '../domain/deeds.ts'

export interface Acting {
  /** Null: nobody has signed in yet. */
  actor: Actor | null
  /** Of the client. */
  address: string | null
  requestId: string | null
}

const acting = new AsyncLocalStorage<Acting>()
let processName = 'process'

/** The role of this process, or the command that it runs. */
export function nameProcess(name: string): void {
  processName = name
}

export function actingFor<T>(who: Acting, work: () => T): T {
  return acting.run(who, work)
}

/** As `actingFor`, for one deed of somebody who has just become known, or has been until now. */
export function actingAs<T>({ kind, id, name }: Actor, work: () => T): T {
  return actingFor({ ...nowActing(), actor: { kind, id, name } }, work)
}

/** Of a request that came without an actor: from here on it is this one's. */
export function nameActor({ kind, id, name }: Actor): void {
  const now = acting.getStore()
  if (now !== undefined) now.actor = { kind, id, name }
}

export function nowActing(): Acting & { actor: Actor } {
  const { actor = null, address = null, requestId = null } = acting.getStore() ?? {}
  return { actor: actor ?? thisProcess(), address, requestId }
}

/** For what a process does by itself, also when a request has led to it. */
export function asProcess<T>(work: () => T): T {
  return acting.run({ actor: thisProcess(), address: null, requestId: null }, work)
}

function thisProcess(): Actor {
  return { kind: 'process', id: null, name: processName }
}

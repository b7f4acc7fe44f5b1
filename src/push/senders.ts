/**
 * The sender of each project: opened when the project first sends something, kept until the process ends.
 *
 * A project whose settings cannot be used affects no other: `open` rejects with ProjectError for it alone. The failure is
 * not kept, so that a project whose settings were corrected can send without a restart.
 */
import type { Config } from '../config/config.ts'
import { toError } from '../domain/errors.ts'
import type { Pool } from '../postgres/pool.ts'
import type { Logger } from '../process/logger.ts'
import { type Project, ProjectError, readProject } from '../projects/project.ts'
import type { OpenSender } from './create-sender.ts'
import type { PushSender } from './push-sender.ts'

export interface SendersOptions {
  pool: Pool
  environment: Config['fcm']
  openSender: OpenSender
  log: Logger
}

export interface OpenedProject {
  project: Project
  sender: PushSender
}

export class Senders {
  readonly #options: SendersOptions
  readonly #opened = new Map<number, Promise<OpenedProject>>()
  #isClosed = false

  constructor(options: SendersOptions) {
    this.#options = options
  }

  /** Reads the project's row the first time. Rejects with ProjectError, or when PostgreSQL is not available. */
  open(projectId: number): Promise<OpenedProject> {
    if (this.#isClosed) return Promise.reject(new Error('the senders are closed'))
    const known = this.#opened.get(projectId)
    if (known !== undefined) return known
    const opening = this.#open(projectId)
    this.#opened.set(projectId, opening)
    opening.catch(() => this.#opened.delete(projectId))
    return opening
  }

  /** Safe to call repeatedly. */
  async close(): Promise<void> {
    this.#isClosed = true
    const opened = await Promise.allSettled(this.#opened.values())
    await Promise.all(opened.map((one) => one.status === 'fulfilled' && one.value.sender.close()))
  }

  async #open(projectId: number): Promise<OpenedProject> {
    const { pool, environment, openSender, log } = this.#options
    const project = await readProject(pool, projectId, environment)
    try {
      return { project, sender: openSender(project.settings, log) }
    } catch (error) {
      throw new ProjectError(project.name, toError(error).message, error)
    }
  }
}

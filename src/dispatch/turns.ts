/**
 * Looks which campaigns have something to send, in all processes: whose turn it is for a quota, and for a slot.
 *
 * A batch that waits for its quota holds its slot for up to two seconds. When a more urgent campaign has batches on the queue,
 * such batches give way: they are released, which costs them no attempt, and go on when their turn comes. Only as many as wait
 * on the queue, and only those that wait for a quota: all others end by themselves in the time of FCM's answers.
 */
import type { Pool } from '../postgres/pool.ts'
import type { Attempt } from './attempt.ts'
import type { ProjectLanes } from './project-lanes.ts'

/** From the press until the others give way: less than the half second in which a person calls something immediate. */
export const LOOK_AT_TURNS_MS = 300

/** Campaigns of one project and priority that send as fast as they may. */
export interface Contenders {
  projectId: number
  priority: number
  campaigns: number
  /** Of their batches, how many nobody has in hand; a few are enough to know. */
  onQueue: number
}

/** Those with a rate of their own are no contenders: what they may send does not fill a quota. */
export async function readContenders(pool: Pool): Promise<Contenders[]> {
  const { rows } = await pool.query<Contenders>({
    name: 'turns-contenders',
    text: `SELECT c.project_id AS "projectId", c.priority, count(*)::int AS campaigns, sum(q.on_queue)::int AS "onQueue"
           FROM campaigns c CROSS JOIN LATERAL (
             SELECT count(*) AS moving, count(*) FILTER (WHERE m.state = 'queued') AS on_queue FROM (
               SELECT b.state FROM batches b WHERE b.campaign_id = c.id AND b.state IN ('queued', 'sending')
               ORDER BY b.seq LIMIT ${ENOUGH}) m) q
           WHERE c.closed_at IS NULL AND c.state = 'sending' AND c.rate_per_minute IS NULL AND q.moving > 0
           GROUP BY c.project_id, c.priority`,
  })
  return rows
}

/** Batches of a campaign that are looked at: more than one process is likely to have in hand. */
const ENOUGH = 50

export class Turns {
  readonly #pool: Pool
  readonly #lanes: Pick<ProjectLanes, 'setMostUrgent'>
  readonly #inHand: ReadonlySet<Attempt>
  #campaigns = 0

  constructor(pool: Pool, lanes: Pick<ProjectLanes, 'setMostUrgent'>, inHand: ReadonlySet<Attempt>) {
    this.#pool = pool
    this.#lanes = lanes
    this.#inHand = inHand
  }

  /** The most urgent of each project, which should each have a batch in hand, so that all of them get their share of its quota. */
  get campaigns(): number {
    return this.#campaigns
  }

  /** Safe to repeat. Nothing is asked while nothing is in hand. */
  async look(): Promise<void> {
    const contenders = this.#inHand.size === 0 ? [] : await readContenders(this.#pool)
    const first = new Map<number, number>()
    for (const { projectId, priority } of contenders) {
      first.set(projectId, Math.min(priority, first.get(projectId) ?? priority))
    }
    this.#campaigns = contenders
      .filter(({ projectId, priority }) => priority === first.get(projectId))
      .reduce((sum, { campaigns }) => sum + campaigns, 0)
    this.#lanes.setMostUrgent((projectId) => first.get(projectId))
    this.#makeWay(contenders)
  }

  /** The least urgent first. */
  #makeWay(contenders: readonly Contenders[]): void {
    const waiting = [...this.#inHand]
      .filter(({ waitsFor }) => waitsFor === 'project')
      .toSorted((a, b) => b.priority - a.priority)
    for (const { priority, onQueue } of contenders.toSorted((a, b) => a.priority - b.priority)) {
      const given = waiting.filter((attempt) => attempt.priority > priority).slice(0, onQueue)
      for (const attempt of given) attempt.stop('gives_way')
      waiting.splice(0, given.length)
    }
  }
}

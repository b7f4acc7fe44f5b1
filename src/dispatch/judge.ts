/**
 * What the answers of an attempt say beyond their devices: that a platform has to wait, or the campaign has to pause. Answers
 * of earlier attempts at the batch count too; they are read only when those of this one are suspicious.
 */
import type { PauseReason, Platform } from '../domain/campaign.ts'
import type { Pool } from '../postgres/pool.ts'
import type { Logger } from '../process/logger.ts'
import { readSamples } from '../results/sample-keeper.ts'
import { judgeAddresses } from './address-watch.ts'
import type { Answers } from './answers.ts'
import { hasSentTo, readRecorded } from './batch-so-far.ts'
import type { Claim } from './batch-store.ts'
import { type Complaint, sentenceOf } from './complaint.ts'

export interface JudgeDeps {
  pool: Pool
  haltPlatform: (campaignId: string, platform: Platform) => Promise<boolean>
  /** `messageVersion`: not if the message was corrected since. */
  pauseCampaign: (
    campaignId: string,
    reason: PauseReason,
    detail: string,
    messageVersion?: number,
  ) => Promise<unknown>
  log: Logger
}

export class Judge {
  readonly #claim: Claim
  readonly #answers: Answers
  readonly #deps: JudgeDeps
  #judging: Promise<void> | undefined

  constructor(claim: Claim, answers: Answers, deps: JudgeDeps) {
    this.#claim = claim
    this.#answers = answers
    this.#deps = deps
  }

  /** Call this as soon as the answers doubt the addresses. */
  doubtAddresses(): void {
    this.#judging = this.#judgeAddresses()
  }

  /** Halts platforms that FCM cannot authenticate with. `left`: devices that this attempt has not sent to. */
  async haltPlatforms(left: number): Promise<void> {
    const { pool, haltPlatform, log } = this.#deps
    const { campaignId } = this.#claim
    if (!this.#answers.mayJudge(left)) return
    for (const platform of this.#answers.doubtedPlatforms) {
      if (await hasSentTo(pool, this.#claim, platform)) this.#answers.platformWorks(platform)
    }
    for (const platform of this.#answers.judgePlatforms()) {
      if (!(await haltPlatform(campaignId, platform))) continue
      log.warn({ campaignId, platform }, 'FCM cannot authenticate with a push service: its devices wait')
    }
  }

  /** Call this when all answers are there. Pauses the campaign if there is a reason to. */
  async conclude(): Promise<void> {
    if (this.#answers.areErrorsSuspicious && this.#claim.attempt > 1) {
      // If it cannot be read now, the next attempt judges.
      this.#answers.judgeErrors(await readRecorded(this.#deps.pool, this.#claim).catch(() => []))
    }
    await this.#judging
    await this.#judgeAddresses()
    const { complaint } = this.#answers
    if (complaint !== undefined) await this.#pause(complaint)
  }

  /** What the messages of an earlier version have met is no reason to pause a campaign whose message was corrected since. */
  async #pause(complaint: Complaint): Promise<void> {
    const { pool, pauseCampaign } = this.#deps
    const { campaignId, messageVersion } = this.#claim
    const { reason, code } = complaint
    let said = code && this.#answers.saidOf(code)
    // Met by an earlier attempt.
    if (code !== undefined && said === undefined) {
      said = await readSamples(pool, campaignId).then(
        (samples) => samples.get(code),
        () => undefined,
      )
    }
    const isAboutMessage = reason === 'too_many_errors' || reason === 'message_refused'
    const only = isAboutMessage ? messageVersion : undefined
    await pauseCampaign(campaignId, reason, sentenceOf(complaint, said), only)
  }

  /** If it cannot be read now, the next attempt judges. */
  async #judgeAddresses(): Promise<void> {
    const met = this.#answers.suspiciousAddresses
    if (met === 0) return
    const complaint = await judgeAddresses(this.#deps.pool, this.#claim, met).catch(() => null)
    if (complaint === null || this.#answers.suspiciousAddresses === 0) return
    this.#answers.complain(complaint, 'addresses_refused')
  }
}

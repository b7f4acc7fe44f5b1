/** As an installation has it that sets nothing. */
import type { CapRule } from '../../src/domain/caps.ts'
import type { LawDefaults } from '../../src/domain/check-send-rules.ts'

export const LAW: LawDefaults & { caps: readonly CapRule[] } = {
  night: { from: '21:00', until: '08:00' },
  zone: 'Asia/Seoul',
  advertiser: null,
  caps: [],
}

import type { conflictsText as English } from '../en/conflicts.ts'
import { format } from './format.ts'
import { withParticle } from './particles.ts'

export const conflictsText: typeof English = {
  sameQuarter: (names, others) => {
    const named = names.map((name) => `‘${name}’`).join(', ')
    const all = others > 0 ? `${named} 외 ${format.number(others)}건` : named
    return `${withParticle(all, '과/와')} 15분 이내에 겹칩니다. 같은 회원에게 연달아 발송될 수 있습니다.`
  },
  roundTime: (time) =>
    `${time}에는 발송이 몰립니다. 정각과 15분, 30분, 45분에는 몇 분 동안 FCM이 느려집니다.`,
  roundTimeBrief: (time) => `${time}에는 발송이 몰립니다.`,
  suggested: (time) => `${withParticle(time, '은/는')} 비어 있습니다.`,
  take: (time) => `${withParticle(time, '으로/로')} 변경`,
}

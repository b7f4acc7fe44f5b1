import type { conflictsText as English } from '../en/conflicts.ts'
import { windowName } from './caps.ts'
import { format } from './format.ts'
import { withParticle } from './particles.ts'

function list(names: readonly string[], others: number): string {
  const named = names.map((name) => `‘${name}’`).join(', ')
  return others > 0 ? `${named} 외 ${format.number(others)}건` : named
}

export const conflictsText: typeof English = {
  sameQuarter: (names, others) =>
    `${withParticle(list(names, others), '과/와')} 15분 이내에 겹칩니다. 같은 회원에게 연달아 발송될 수 있습니다.`,
  cap: ({ window, limit }, names, others) =>
    `대부분의 회원이 발송에서 제외됩니다. 먼저 발송되는 ${withParticle(list(names, others), '으로/로')} ${windowName(window)} 동안의 발송 횟수 제한(${format.number(limit)}건)을 모두 채웁니다.`,
  roundTime: (time) =>
    `${time}에는 발송이 몰립니다. 정각과 15분, 30분, 45분에는 몇 분 동안 FCM이 느려집니다.`,
  roundTimeBrief: (time) => `${time}에는 발송이 몰립니다.`,
  suggested: (time) => `${withParticle(time, '은/는')} 비어 있습니다.`,
  take: (time) => `${withParticle(time, '으로/로')} 변경`,
}

import type { presenceText as English } from '../en/presence.ts'

const listed = (names: string[]) => names.map((name) => `${name} 님`).join(', ')

export const presenceText: typeof English = {
  editing: (names) => `${listed(names)}도 이 캠페인을 수정하고 있습니다.`,
  viewing: (names) => `${listed(names)}도 이 캠페인을 보고 있습니다.`,
  yourself: '다른 창에서도 이 캠페인을 열어 두었습니다.',
}

import type { capsText as en } from '../en/caps.ts'
import { format } from './format.ts'

export function windowName(window: string): string {
  const [, length, unit] = /^rolling_(\d+)([hd])$/.exec(window) ?? []
  if (length === undefined) return window === 'week' ? '한 주(월요일~일요일)' : '하루(0시~24시)'
  return `최근 ${format.number(Number(length))}${unit === 'h' ? '시간' : '일'}`
}

export const capsText: typeof en = {
  title: '발송 횟수 제한',
  rules: (rules) =>
    rules.length === 0
      ? '이 서버에는 발송 횟수 제한(CAPS)이 없어 회원이 모든 캠페인을 받습니다.'
      : `회원 한 명에게 ${rules.map(({ window, limit }) => `${windowName(window)} 동안 최대 ${format.number(limit)}건`).join(', ')}만 발송합니다. 초과분은 발송에서 제외되며, 실패한 발송은 횟수에 포함되지 않습니다.`,
  ignores: '제한에 도달한 회원에게도 발송',
  ignoresHint: '주문 확인처럼 회원이 기다리는 메시지에 사용하세요.',
  counts: '이 캠페인을 발송 횟수에 포함',
  countsHint: '이 캠페인을 받은 회원은 받을 수 있는 캠페인이 한 건 줄어듭니다.',
  switches: ({ ignoresCaps, countsTowardCaps }) => [
    ignoresCaps ? '제한에 도달한 회원에게도 발송' : '제한에 도달한 회원은 제외',
    countsTowardCaps ? '발송 횟수에 포함' : '발송 횟수에 포함하지 않음',
  ],
  devicesTitle: '회원당 기기',
  everyDevice: '대상 기기 모두',
  oneDevice: '회원당 기기 1대',
  oneDeviceHint: '대상을 확정할 때 가장 최근에 사용한 기기로 발송하고, 나머지 기기는 발송에서 제외합니다.',
  members: (n) => `회원 ${format.number(n)}명`,
  onceOf: (members, devices) =>
    members === devices
      ? `회원 ${format.number(members)}명에게 기기 1대씩 발송합니다. 기기가 여러 대인 회원은 없습니다.`
      : `회원 ${format.number(members)}명에게 기기 1대씩 발송하고, 나머지 기기 ${format.number(devices - members)}대는 제외합니다.`,
  atCap: (devices) =>
    `발송 횟수 제한에 도달한 회원의 기기가 ${format.number(devices)}대 있습니다. 지금 발송하면 제외됩니다.`,
  atCapUnknown:
    '발송 횟수 제한에 도달한 회원 수를 제시간에 집계하지 못했습니다. 해당 회원은 발송에서 제외됩니다.',
  cappedBy: '제한을 채운 캠페인',
}

import type { resendText as English } from '../en/resend.ts'
import { format } from './format.ts'
import { withParticle } from './particles.ts'

const devices = (n: number) => `기기 ${format.number(n)}대`

export const resendText: typeof English = {
  title: '재발송',
  titleOf: (campaign) => `${campaign} 재발송`,
  notAllowedTitle: '재발송할 권한이 없습니다',
  notAllowed: '발송할 권한이 없습니다. 관리자에게 문의하세요.',
  notYetTitle: '아직 재발송할 수 없습니다',
  notYet: '캠페인이 끝나고 모든 결과가 집계되면 재발송할 수 있습니다.',
  nothingTitle: '재발송할 기기가 없습니다',
  deletedTitle: '기기별 결과가 삭제되었습니다',
  resultsDeleted: '누가 받지 못했는지 알 수 없어 재발송할 수 없습니다. 새 캠페인을 만드세요.',
  nothing: '모든 기기가 메시지를 받았거나, 발송에서 제외되었거나, 이미 재발송되었습니다.',
  who: '재발송 대상',
  kinds: {
    failed: (n) => `발송 실패 ${devices(n)}`,
    in_doubt: (n) => `전달 여부 미확인 ${devices(n)}`,
    canceled: (n) => `발송 취소 ${devices(n)}`,
  },
  kindHint: {
    failed: '메시지를 받지 못한 기기입니다. 원인이 해결된 사유만 선택하세요.',
    in_doubt:
      'FCM 응답을 받지 못한 기기입니다. 이미 메시지를 받은 기기는 두 번 받을 수 있습니다. 중복보다 누락이 더 문제일 때만 재발송하세요.',
    canceled: '발송 전에 캠페인이 취소되어 메시지를 받지 못한 기기입니다.',
  },
  reasons: '사유',
  count: (n) => devices(n),
  countActive: (n, active) => `${devices(n)}, 현재 활성 ${format.number(active)}대`,
  dead: '앱이 삭제되었거나 유효하지 않은 주소이므로 다시 발송해도 실패합니다. 앱이 다시 등록되면 활성화됩니다.',
  resentAlready: '이미 재발송했습니다.',
  viewResend: '재발송 캠페인 보기',
  text: '발송할 메시지',
  textAsBefore: '캠페인에서 발송한 메시지입니다. 필요하면 여기에서 수정하세요.',
  textAfterCancel:
    '이 메시지로 발송하던 캠페인이 취소되었습니다. 메시지가 취소 사유였다면 다시 읽어 보고 여기에서 수정하세요.',
  textRead: '메시지를 확인했으며 그대로 발송합니다',
  replaces: '이미 표시된 알림은 운영체제가 지원하는 경우 이 메시지로 교체됩니다.',
  end: '발송 기한',
  endPassed: (at) => `이 캠페인의 발송 기한(${at})이 지났습니다. 새 기한을 정하세요.`,
  endAt: '새 기한까지 발송',
  endDate: '날짜',
  endTime: '시간',
  endWrong: '현재 이후의 시간을 입력하세요.',
  endNone: '기한 없이 발송',
  endNoneHint: '대기 중인 기기에는 야간 시간이 끝나거나 발송 가능 시간이 되면 발송됩니다.',
  chooseEnd: '발송 기한을 선택하세요.',
  summary: '재발송 내용 확인',
  toDevices: (n) => `${devices(n)}에 발송`,
  ofWhichSkipped: (n) => `이 중 ${format.number(n)}대는 현재 비활성 상태이므로 제외됩니다.`,
  leave: '나가면 수정한 메시지가 사라집니다. 아직 발송되지 않았습니다.',
  corrected: '수정한 메시지로 발송',
  unchanged: '같은 메시지로 발송',
  noLocalTime: '현지 시간에 맞춰 발송하지 않고 모든 시간대에 바로 발송합니다.',
  newCampaign: '새 캠페인으로 바로 발송합니다. 현재 캠페인의 결과는 바뀌지 않습니다.',
  chooseReason: '사유를 하나 이상 선택하세요.',
  fixText: '메시지에서 표시된 항목을 수정하세요.',
  readText: '메시지를 읽고 확인란에 체크하세요.',
  confirm: (n) => `계속하려면 기기 수 ${withParticle(n, '을/를')} 입력하세요`,
  confirmWrong: (n) => `${withParticle(n, '과/와')} 일치하지 않습니다.`,
  audienceChanged: (n) =>
    `그 사이 기기 수가 ${format.number(n)}대로 바뀌었습니다. 확인한 뒤 다시 입력하세요.`,
  send: (n) => `${devices(n)}에 재발송`,
  failed: '재발송하지 못했습니다',
  done: '재발송을 시작했습니다.',
}

import type { sendRulesText as en } from '../en/send-rules.ts'
import { format } from './format.ts'

export const sendRulesText: typeof en = {
  kindTitle: '캠페인 종류',
  kindMissing: '캠페인 종류를 선택하세요. 종류에 따라 적용되는 법이 다릅니다.',
  kind: { advertising: '광고', service: '서비스 알림' },
  kindHint: {
    advertising:
      '할인, 이벤트, 상품 소식입니다. 광고 수신에 동의한 회원에게만, 야간에는 야간 수신에도 동의한 회원에게만 발송됩니다. 한국 회원에게는 “(광고)”, 상호, 수신 거부 방법이 함께 표시됩니다.',
    service:
      '회원이 주문·예약·이용한 것에 대한 안내입니다(배송, 결제, 보안 등). 수신을 거부하지 않은 모든 회원에게 시간과 관계없이 발송됩니다.',
  },
  advertiserName: '상호(발신자)',
  advertiserNameHint: '한국 회원에게 제목 앞 “(광고)” 다음에 표시됩니다.',
  optOutHint: '수신 거부 안내',
  optOutHintHint: '한국 회원에게 마지막 줄로 표시됩니다. 예: 수신거부: 앱 > 설정 > 알림',
  advertiserMissing: '두 항목을 모두 입력하세요. 광고에는 법에 따라 반드시 표시해야 합니다.',

  nightTitle: '야간 수신에 동의하지 않은 회원이 야간일 때',
  night: { skip: '발송하지 않음', delay: '아침에 발송' },
  nightHint: (from, until) => ({
    skip: `현지 시각이 ${from}~${until}인 회원은 발송에서 제외됩니다.`,
    delay: `회원의 현지 시각 ${until}에 발송됩니다.`,
  }),
  nightNow: (from, until) =>
    `서버에 설정된 시간대로는 그때가 야간(${from}~${until})입니다. 대부분의 회원이 제외되거나 기다리게 됩니다.`,

  windowTitle: '발송 시간대',
  windowNone: '제한 없음',
  windowNoneHint: '차례가 되면 바로 발송됩니다.',
  windowSome: '정해진 시간대에만',
  windowSomeHint: '회원별 현지 시각 기준입니다. 시간대를 모르면 기본 시간대를 적용합니다.',
  windowFrom: '시작',
  windowUntil: '끝',
  outsideTitle: '시간대를 벗어나면',
  outside: { wait: '기다렸다가 다음 시간대에 이어서 발송', skip: '발송하지 않음' },
  windowWrong: '서로 다른 두 시각을 입력하세요.',
  windowOf: (from, until, outside) =>
    `회원 현지 시각 ${from}~${until}, 그 밖의 시간에는 ${outside === 'wait' ? '기다림' : '발송 제외'}`,
  consentCount: (devices, withConsent, withNight) =>
    withConsent === 0
      ? '이 중 광고 수신에 동의한 회원이 없어 아무에게도 발송되지 않습니다.'
      : `이 중 광고 수신에 동의한 회원의 기기 ${format.number(withConsent)}대에 발송되며, ${format.number(devices - withConsent)}대는 제외됩니다. 야간에는 야간 수신에도 동의한 ${format.number(withNight)}대에만 발송됩니다.`,
  hoursTitle: '시간이 될 때까지 기다리는 기기가 있을 수 있습니다',
  hours:
    '야간이거나 발송 시간대가 아닌 회원에게는 그 회원의 현지 시각에 맞춰 발송합니다. 그동안 캠페인은 발송 중으로 표시되며, 언제든지 일시 중지하거나 취소할 수 있습니다.',
  notAfter: '발송 기한',
  notAfterHint: (zone) =>
    `선택 사항이며 ${zone} 기준입니다. 기한을 넘겨 기다려야 하는 기기는 바로 발송에서 제외됩니다.`,
  notAfterTime: '시간',
  notAfterWrong: '발송 시작 이후의 날짜와 시간을 모두 입력하거나 모두 비워 두세요.',
  defaultZone: '시간대를 모르는 회원의 시간대',
  defaultZoneOfServer: '서버 설정',

  asKorean: '한국 회원',
  asOthers: '그 외 회원',
  variant: '표시 대상',

  consentsDue: '동의 재확인 대상',
  consentsDueCount: (n) => `동의 재확인 대상 ${n}건`,
  consentsDueIntro:
    '수신 동의는 동의한 날부터 2년마다 다시 확인해야 합니다. 대상 회원에게 상호, 동의한 사실과 날짜, 동의를 유지하거나 철회하는 방법을 알리세요. 그때까지 기존 동의는 유효한 것으로 처리됩니다.',
  consent: { marketing: '광고 수신 동의', night: '야간 광고 수신 동의' },
  consentsNoneTitle: '재확인할 동의가 없습니다',
  consentsNone: '2년이 지난 동의가 없습니다.',
  since: (time) => `${time} 동의`,
  download: 'CSV 다운로드',
}

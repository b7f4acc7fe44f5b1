import type { Text } from '../text.ts'

export const statesText: Text['states'] = {
  campaign: {
    draft: '작성 중',
    scheduled: '예약됨',
    sending: '발송 중',
    paused: '일시 중지',
    canceled: '취소됨',
    finished: '완료',
  },
  delivery: { sent: '발송', failed: '실패', skipped: '제외', in_doubt: '확인 불가', canceled: '취소' },
  remaining: '남음',
  waiting: '대기 중',
  deliveryMeans: {
    sent: 'FCM이 접수함',
    failed: 'FCM이 거부했거나 처리하지 못함',
    skipped: '의도적으로 보내지 않음: 수신 거부 또는 사라진 기기',
    in_doubt: '보냈지만 응답을 받지 못함: 도착했을 수도, 아닐 수도 있음',
    canceled: '캠페인이 취소되어 보내지 않음',
  },
  remainingMeans: '아직 보내지 않음',
  platform: { android: 'Android', ios: 'iPhone·iPad', web: '웹 브라우저' },
  pauseReason: {
    by_operator: '운영자가 일시 중지했습니다.',
    credential_refused: 'FCM이 서버의 인증 정보를 거부했습니다.',
    project_not_found: 'FCM이 Firebase 프로젝트를 찾지 못했습니다.',
    project_misconfigured: '프로젝트 설정을 사용할 수 없습니다.',
    platform_refused: 'FCM이 한 플랫폼의 푸시 서비스에 로그인하지 못했습니다.',
    too_many_errors: '실패한 메시지가 너무 많습니다.',
    audience_empty: '대상 기기가 하나도 없습니다.',
    counts_mismatch: '결과의 합이 대상 수와 맞지 않습니다.',
    cannot_record: '결과를 저장할 수 없습니다.',
  },
}

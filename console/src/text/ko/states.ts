import type { PauseReason } from '../../../../src/domain/campaign.ts'
import type { Text } from '../text.ts'

const PAUSE_ADVICE: Record<PauseReason, string | null> = {
  by_operator: null,
  credential_refused: '서버 담당자에게 Firebase 서비스 계정 키와 권한 확인을 요청한 뒤 재개하세요.',
  project_not_found: '서버 담당자에게 Firebase 프로젝트 설정 확인을 요청한 뒤 재개하세요.',
  project_misconfigured: '서버 담당자에게 프로젝트 설정 확인을 요청한 뒤 재개하세요.',
  platform_refused: 'Firebase 콘솔에서 APNs 키(또는 웹 푸시 키)와 iOS 앱의 번들 ID를 확인한 뒤 재개하세요.',
  too_many_errors: '아래의 실패 사유를 확인한 뒤 재개하거나 취소하세요.',
  message_refused: '메시지를 수정한 뒤 재개하거나 취소하세요. 같은 메시지로는 재개할 수 없습니다.',
  message_corrected:
    '재개하면 남은 기기에 수정한 메시지를 발송합니다. 실패한 기기에는 캠페인이 끝난 뒤 재발송할 수 있습니다.',
  addresses_refused:
    '캠페인을 취소하고 업로드한 원본(열이 바뀜, 주소 잘림, 다른 서비스의 주소)을 확인한 뒤, 올바른 주소를 등록하여 새 캠페인으로 발송하세요. 실제로 유효하지 않은 주소라면 재개하세요. 같은 이유로 다시 중지되지 않습니다.',
  audience_empty: '대상 조건을 확인하고 캠페인을 복제하여 다시 발송하세요.',
  counts_mismatch: '서버 담당자에게 문의하세요.',
  cannot_record: '서버 담당자에게 데이터베이스 상태 확인을 요청한 뒤 재개하세요.',
  database_failed_over:
    '일시 중지 후 1분이 지나도 자동으로 재개되지 않으면 서버 담당자에게 확인한 뒤 재개하거나 취소하세요.',
}

export const statesText: Text['states'] = {
  campaign: {
    draft: '임시 저장',
    scheduled: '예약됨',
    sending: '발송 중',
    paused: '일시 중지',
    canceled: '취소됨',
    finished: '완료',
  },
  delivery: {
    sent: '발송 성공',
    failed: '발송 실패',
    skipped: '발송 제외',
    in_doubt: '전달 여부 미확인',
    canceled: '발송 취소',
  },
  remaining: '미발송',
  waiting: '대기 중',
  deliveryHint: {
    sent: 'FCM 접수 완료',
    failed: 'FCM 거부 또는 처리 실패',
    skipped: '수신 거부 또는 앱 삭제·만료',
    in_doubt: 'FCM 응답을 받지 못함',
    canceled: '캠페인 취소로 미발송',
  },
  remainingHint: '아직 발송 전',
  platform: { android: 'Android', ios: 'iPhone·iPad', web: '웹 브라우저' },
  addressKind: { token: '토큰', fid: '설치 ID(FID)' },
  pauseReason: {
    by_operator: '운영자가 일시 중지했습니다.',
    credential_refused: 'FCM이 서버 인증 정보를 거부했습니다.',
    project_not_found: 'Firebase 프로젝트를 찾을 수 없습니다.',
    project_misconfigured: '프로젝트 설정이 올바르지 않습니다.',
    platform_refused: '플랫폼 푸시 서비스가 메시지를 거부했습니다.',
    too_many_errors: '발송 실패가 너무 많습니다.',
    message_refused: 'FCM이 메시지를 거부했습니다.',
    message_corrected: '메시지를 수정했습니다.',
    addresses_refused: 'FCM이 이 목록의 주소를 거부했습니다.',
    audience_empty: '대상 기기가 없습니다.',
    counts_mismatch: '결과 합계가 대상 수와 일치하지 않습니다.',
    cannot_record: '결과를 저장할 수 없습니다.',
    database_failed_over: '데이터베이스가 다른 서버로 전환되었습니다.',
  },
  pauseAdvice: (reason) => PAUSE_ADVICE[reason],
}

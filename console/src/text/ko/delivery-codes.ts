import type { Text } from '../text.ts'

const doubt =
  '기기가 받았을 수도, 받지 못했을 수도 있습니다. 중복보다 누락이 더 문제라면 확인 불가 기기에 다시 보내세요.'

export const codesText: Text['codes'] = {
  ok: { name: '접수됨', meaning: 'FCM이 메시지를 접수했습니다.', advice: '할 일이 없습니다.' },
  unregistered: {
    name: '앱 삭제 또는 토큰 만료',
    meaning: '기기에서 앱이 삭제되었거나 토큰이 만료되었습니다.',
    advice: '할 일이 없습니다. 기기는 사라진 것으로 표시되며 앱이 다시 등록하면 돌아옵니다.',
  },
  invalid_token: {
    name: '토큰이 아님',
    meaning: 'FCM이 등록 토큰으로 인식하지 못했습니다.',
    advice: '가져온 원본을 확인하세요. 토큰이 잘렸거나 비어 있거나 다른 서비스의 것입니다.',
  },
  sender_id_mismatch: {
    name: '다른 프로젝트의 토큰',
    meaning: '다른 Firebase 프로젝트의 토큰입니다.',
    advice: '이 프로젝트로 만든 앱에서 기기를 다시 등록하거나 삭제하세요.',
  },
  invalid_payload: {
    name: '메시지 거부',
    meaning: 'FCM이 메시지 자체를 거부했습니다.',
    advice: '메시지(크기, 예약된 데이터 키, 플랫폼 옵션)를 고쳐 새 캠페인으로 보내세요.',
  },
  third_party_auth_error: {
    name: '푸시 키 거부',
    meaning: 'FCM이 Apple 또는 웹 푸시 서비스에 로그인하지 못했습니다.',
    advice: 'Firebase 콘솔에 유효한 APNs 키 또는 웹 푸시 키를 올리세요.',
  },
  quota_exceeded: {
    name: 'FCM 할당량 초과',
    meaning: '시도 횟수가 끝날 때까지 프로젝트가 FCM 할당량을 초과한 상태였습니다.',
    advice: 'FCM_MESSAGES_PER_MINUTE 값을 낮추거나 Google에 할당량 증가를 요청하세요.',
  },
  device_quota_exceeded: {
    name: '한 기기에 너무 많음',
    meaning: 'FCM이 지금은 이 기기에 더 이상 메시지를 허용하지 않습니다.',
    advice: '같은 기기에 보내는 횟수를 줄이세요.',
  },
  unavailable: {
    name: 'FCM 사용 불가',
    meaning: '시도 횟수가 끝날 때까지 FCM을 사용할 수 없었습니다.',
    advice: '나중에 실패한 기기에 다시 보내세요.',
  },
  internal: {
    name: 'FCM 내부 오류',
    meaning: '시도 횟수가 끝날 때까지 FCM 내부 오류가 계속되었습니다.',
    advice: '나중에 실패한 기기에 다시 보내세요. 계속되면 Firebase 지원팀에 문의하세요.',
  },
  unspecified: {
    name: '문서에 없는 응답',
    meaning: 'FCM이 문서에 없는 응답을 보냈습니다.',
    advice: '디스패처 로그에서 응답을 확인하고 실패한 기기에 다시 보내세요.',
  },
  connection_failed: {
    name: 'FCM 연결 실패',
    meaning: 'FCM에 연결하지 못해 메시지가 나가지 않았습니다.',
    advice: '디스패처의 네트워크와 DNS를 확인한 뒤 실패한 기기에 다시 보내세요.',
  },
  credential_refused: {
    name: '인증 정보 거부',
    meaning: 'FCM이 서버의 인증 정보를 거부했습니다.',
    advice: 'GOOGLE_APPLICATION_CREDENTIALS와 역할을 확인한 뒤 캠페인을 재개하세요.',
  },
  project_not_found: {
    name: '프로젝트 없음',
    meaning: 'FCM이 Firebase 프로젝트를 찾지 못했습니다.',
    advice: 'FCM_PROJECT_ID와 FCM_ENDPOINT를 확인한 뒤 캠페인을 재개하세요.',
  },
  answer_lost: {
    name: '응답 유실',
    meaning: '메시지가 나간 뒤 FCM이 응답하기 전에 연결이 끊어졌습니다.',
    advice: doubt,
  },
  deadline_exceeded: {
    name: '응답 시간 초과',
    meaning: 'FCM이 제시간에 응답하지 않았습니다.',
    advice: doubt,
  },
  dispatcher_died: {
    name: '디스패처 종료',
    meaning: '메시지를 보내는 중에 디스패처가 종료되었습니다.',
    advice: doubt,
  },
  opted_out: { name: '수신 거부', meaning: '회원이 수신을 거부했습니다.', advice: '할 일이 없습니다.' },
  device_gone: {
    name: '사라진 기기',
    meaning: '계획과 발송 사이에 토큰이 만료되었습니다.',
    advice: '할 일이 없습니다. 앱이 다시 등록하면 기기가 돌아옵니다.',
  },
  device_deleted: {
    name: '삭제된 기기',
    meaning: '계획과 발송 사이에 기기가 삭제되었습니다.',
    advice: '할 일이 없습니다.',
  },
}

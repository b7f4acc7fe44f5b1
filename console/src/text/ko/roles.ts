import type { rolesText as English } from '../en/roles.ts'

export const rolesText: typeof English = {
  roles: {
    viewer: '조회자',
    marketer: '마케터',
    operator: '운영자',
    admin: '관리자',
    registrar: '기기 등록 전용',
    auditor: '감사자',
  },
  roleHint: {
    viewer: '기기의 전체 주소와 활동 기록을 제외한 모든 내용을 조회할 수 있으며 변경할 수 없습니다.',
    marketer: '캠페인을 작성할 수 있습니다. 발송, 예약, 테스트 발송은 할 수 없습니다.',
    operator: '캠페인을 만들어 발송하고, 목록을 업로드하고, 회원 정보를 수정할 수 있습니다.',
    admin:
      '개인정보 삭제, 전체 주소 내보내기, 활동 기록 조회, 사용자·API 키 관리를 포함한 모든 권한이 있습니다.',
    registrar: '앱 서버용입니다. 기기를 등록하고 삭제하는 것 외에는 아무것도 할 수 없습니다.',
    auditor: '캠페인, 시스템, 활동 기록을 조회할 수 있습니다. 회원 정보는 볼 수 없으며 변경할 수 없습니다.',
  },
  oneOf: (names) => names.join(' 또는 '),
  noPagesTitle: '볼 수 있는 페이지가 없습니다',
  noPages:
    '현재 권한으로는 콘솔에서 볼 수 있는 내용이 없습니다. 관리자에게 다른 권한을 요청하거나 다른 계정으로 로그인하세요.',
}

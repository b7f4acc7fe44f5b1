import type { paletteText as English } from '../en/palette.ts'

export const paletteText: typeof English = {
  title: '검색 및 빠른 실행',
  field: '캠페인, 페이지, 작업 검색',
  commands: '바로 가기',
  campaigns: '캠페인',
  searching: '검색 중…',
  nothing: '검색 결과가 없습니다. 다른 검색어를 입력해 보세요.',
  shortcuts: '키보드 단축키',
  keys: [
    { keys: 'Ctrl K / ⌘ K', does: '검색 및 빠른 실행' },
    { keys: '/', does: '현재 페이지에서 검색' },
    { keys: 'C', does: '새 캠페인' },
    { keys: '?', does: '키보드 단축키' },
    { keys: '↑ ↓', does: '캠페인 목록: 행 이동' },
    { keys: '← →', does: '발송 일정: 날짜 이동' },
    { keys: 'Space', does: '캠페인 목록: 미리 보기' },
    { keys: 'X', does: '캠페인 목록: 선택' },
  ],
}

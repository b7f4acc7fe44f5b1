import type { passwordText as English } from '../en/password.ts'

export const passwordText: typeof English = {
  title: '비밀번호 변경',
  current: '현재 비밀번호',
  next: '새 비밀번호',
  nextHint: (min) => `${min}자 이상. 짧은 문장을 사용하면 기억하기 쉽습니다.`,
  tooShort: (min) => `${min}자 이상 입력하세요.`,
  wrong: '현재 비밀번호가 올바르지 않습니다.',
  tooMany: (seconds) => `비밀번호를 여러 번 잘못 입력했습니다. ${seconds}초 후 다시 시도하세요.`,
  others: '변경하면 다른 기기와 브라우저에서는 로그아웃됩니다.',
  save: '비밀번호 변경',
  done: '비밀번호를 변경했습니다. 다른 기기와 브라우저에서는 로그아웃되었습니다.',
}

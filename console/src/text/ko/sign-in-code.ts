import type { signInCodeText as English } from '../en/sign-in-code.ts'

export const signInCodeText: typeof English = {
  label: '인증 코드',
  hint: '인증 앱의 코드 또는 복구 코드를 입력하세요.',
  wrong: '코드가 올바르지 않거나 이미 사용되었습니다. 다음 코드를 입력하세요.',
}

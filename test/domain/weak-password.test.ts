import { expect, test } from 'vitest'
import { weaknessOf } from '../../src/domain/weak-password.ts'

test.each([
  'password1234',
  'Password2026!',
  'P@ssw0rd1234',
  'passwordpassword',
  'password password',
  'carillon2026',
  'carillonadmin',
  'Carillon-Admin-1',
  'admin1234567',
  'administrator',
  'welcome12345',
  'letmein12345',
  'changeme1234',
  'iloveyou1234',
  'qwertyuiop12',
  'qwerty123456',
  '123456789012',
  '1q2w3e4r5t6y',
  '1qaz2wsx3edc',
  'abcdefghijkl',
  'aaaaaaaaaaaa',
  'abcabcabcabc',
  '121212121212',
  '198401311200',
  '010-1234-5678',
  'summer-2026-!',
  'ＰＡＳＳＷＯＲＤ１２３４',
])('%s is weak', (password) => {
  expect(weaknessOf(password)).toBeTypeOf('string')
})

test('so is the own name with digits', () => {
  expect(weaknessOf('gertrude2026!', 'Gertrude')).toBeTypeOf('string')
  expect(weaknessOf('gertrude2026!', 'Ada')).toBeNull()
})

test.each([
  'a horse, a battery',
  'correct horse battery staple',
  'my password is a sentence about penguins',
  'Xk3vQ9zLm2Tf',
  'kQ7-x2Zp_w81',
  '92834710293847561029',
  '우리집 고양이는 노랗다',
  'administration of the moon',
])('%s is not', (password) => {
  expect(weaknessOf(password)).toBeNull()
})

import { describe, expect, test } from 'vitest'
import { withParticle } from '../../console/src/text/ko/particles.ts'

describe('the particle follows the last sound', () => {
  test.each([
    ['회원', '회원을'],
    ['기기', '기기를'],
    ['봄 세일', '봄 세일을'],
    ['', '를'],
  ])('of a Korean word: %s', (word, said) => expect(withParticle(word, '을/를')).toBe(said))

  test.each([
    ['51,805', '51,805를'],
    ['0', '0을'],
    ['1', '1을'],
    ['2', '2를'],
    ['3', '3을'],
    ['6', '6을'],
    ['7', '7을'],
    ['8', '8을'],
    ['9', '9를'],
    ['10', '10을'],
    ['1,000', '1,000을'],
    ['1,000,000', '1,000,000을'],
    ['12.5', '12.5를'],
  ])('of a number: %s', (word, said) => expect(withParticle(word, '을/를')).toBe(said))

  test.each([
    ['기기 51,805대', '기기 51,805대를'],
    ['회원 3명', '회원 3명을'],
    ['메시지 12건', '메시지 12건을'],
    ['캠페인 4개', '캠페인 4개를'],
  ])('of a counter: %s', (word, said) => expect(withParticle(word, '을/를')).toBe(said))

  test.each([
    ['API', 'API를'],
    ['URL', 'URL을'],
    ['FCM', 'FCM을'],
    ['JSON', 'JSON을'],
    ['CSV', 'CSV를'],
    ['Spring collection', 'Spring collection을'],
    ['Flash sale', 'Flash sale을'],
    ['New year', 'New year를'],
    ['iPhone', 'iPhone을'],
    ['web', 'web을'],
    ['app', 'app을'],
    ['event', 'event를'],
    ['week', 'week를'],
    ['de-AT', 'de-AT를'],
  ])('of Latin letters: %s', (word, said) => expect(withParticle(word, '을/를')).toBe(said))

  test.each([
    ['“봄 세일”', '“봄 세일”을'],
    ['선착순 할인 🎉', '선착순 할인 🎉을'],
    ['\u2068오늘 저녁 8시\u2069', '\u2068오늘 저녁 8시\u2069를'],
    ['캠페인 (사본)', '캠페인 (사본)을'],
    ['세일!!', '세일!!을'],
    ['🎉', '🎉를'],
    ['שלום', 'שלום를'],
  ])('before quotes, marks, emoji and brackets: %s', (word, said) =>
    expect(withParticle(word, '을/를')).toBe(said),
  )
})

test('every pair has its two forms', () => {
  expect(withParticle('회원', '은/는')).toBe('회원은')
  expect(withParticle('기기', '은/는')).toBe('기기는')
  expect(withParticle('회원', '이/가')).toBe('회원이')
  expect(withParticle('기기', '이/가')).toBe('기기가')
  expect(withParticle('51,805', '과/와')).toBe('51,805와')
  expect(withParticle('1,000', '과/와')).toBe('1,000과')
})

test('로 follows ㄹ as it follows a vowel', () => {
  expect(withParticle('서울', '으로/로')).toBe('서울로')
  expect(withParticle('부산', '으로/로')).toBe('부산으로')
  expect(withParticle('제주', '으로/로')).toBe('제주로')
  expect(withParticle('오전 10:05', '으로/로')).toBe('오전 10:05로')
  expect(withParticle('오전 10:20', '으로/로')).toBe('오전 10:20으로')
  expect(withParticle('7', '으로/로')).toBe('7로')
  expect(withParticle('51.2%', '으로/로')).toBe('51.2%로')
  expect(withParticle('URL', '으로/로')).toBe('URL로')
})

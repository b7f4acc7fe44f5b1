import { describe, expect, test } from 'vitest'
import { withoutUnused } from '../../console/unused-styles.ts'

const scripts = ['const classes={root:"m_aaaaaa",inner:"m_bbbbbb"}']

describe('withoutUnused', () => {
  test('keeps what a script names and what is not of Mantine, and takes the rest out', () => {
    const css =
      ':root{--a:1}.m_aaaaaa{color:red}.m_cccccc{color:blue}.page_x1{top:0}.m_aaaaaa .m_cccccc{left:0}'
    expect(withoutUnused(css, scripts)).toBe(':root{--a:1}.m_aaaaaa{color:red}.page_x1{top:0}')
  })

  test('takes single selectors out of a list, whose commas may be in brackets', () => {
    const css = '.m_aaaaaa:where(:hover,:focus),.m_cccccc:is(a,b),.m_bbbbbb{top:0}'
    expect(withoutUnused(css, scripts)).toBe('.m_aaaaaa:where(:hover,:focus),.m_bbbbbb{top:0}')
  })

  test('looks into @media, and leaves none that is empty', () => {
    const css = '@media (hover:hover){.m_cccccc{top:0}}@media print{.m_aaaaaa{top:0}.m_cccccc{left:0}}'
    expect(withoutUnused(css, scripts)).toBe('@media print{.m_aaaaaa{top:0}}')
  })

  test('leaves @keyframes and @font-face as they are', () => {
    const css = '@keyframes m_cccccc{from{top:0}to{top:1px}}@font-face{font-family:x}'
    expect(withoutUnused(css, scripts)).toBe(css)
  })

  test('braces in strings are text', () => {
    const css = '.m_aaaaaa:after{content:"}{\\""}.m_cccccc{top:0}'
    expect(withoutUnused(css, scripts)).toBe('.m_aaaaaa:after{content:"}{\\""}')
  })

  test('a sheet that is cut off is no sheet', () => {
    expect(() => withoutUnused('.m_aaaaaa{top:0', scripts)).toThrow('ends inside of a block')
  })
})

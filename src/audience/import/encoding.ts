/**
 * Encodings that a list may have. All but UTF-16 write ASCII as ASCII, and none of their characters contains a newline
 * byte, so lines can be cut before they are decoded.
 */
import iconv from 'iconv-lite'

export const ENCODINGS = [
  'utf-8',
  'utf-16le',
  'utf-16be',
  'euc-kr',
  'shift_jis',
  'gb18030',
  'big5',
  'euc-jp',
  'windows-1250',
  'windows-1251',
  'windows-1252',
  'windows-1253',
  'windows-1254',
  'windows-1255',
  'windows-1256',
  'windows-1257',
  'windows-874',
] as const
export type Encoding = (typeof ENCODINGS)[number]

/** Other names in use. Korean Excel's "EUC-KR" is Microsoft's superset CP949, and so are the others' Windows code pages. */
const NAMES = new Map<string, Encoding>(
  Object.entries({
    utf8: 'utf-8',
    'us-ascii': 'utf-8',
    ascii: 'utf-8',
    'utf-16': 'utf-16le',
    utf16: 'utf-16le',
    'utf-16-le': 'utf-16le',
    'utf-16-be': 'utf-16be',
    unicode: 'utf-16le',
    cp949: 'euc-kr',
    ms949: 'euc-kr',
    uhc: 'euc-kr',
    euckr: 'euc-kr',
    'ks_c_5601-1987': 'euc-kr',
    'windows-949': 'euc-kr',
    sjis: 'shift_jis',
    'shift-jis': 'shift_jis',
    cp932: 'shift_jis',
    ms932: 'shift_jis',
    'windows-31j': 'shift_jis',
    gbk: 'gb18030',
    gb2312: 'gb18030',
    cp936: 'gb18030',
    cp950: 'big5',
    eucjp: 'euc-jp',
    'iso-8859-1': 'windows-1252',
    'iso-8859-15': 'windows-1252',
    latin1: 'windows-1252',
    ansi: 'windows-1252',
    'tis-620': 'windows-874',
  }),
)

/** The encoding of that name, in any case. */
export function encodingNamed(name: string): Encoding | undefined {
  const lower = name.trim().toLowerCase()
  const known = ENCODINGS.find((encoding) => encoding === lower)
  return (
    known ??
    NAMES.get(lower) ??
    ENCODINGS.find((encoding) => encoding === lower.replace(/^cp-?125/, 'windows-125'))
  )
}

/** What iconv-lite calls it. */
const CODE_PAGES: Partial<Record<Encoding, string>> = { 'euc-kr': 'cp949' }

export function decode(bytes: Buffer, encoding: Encoding): string {
  return encoding === 'utf-8'
    ? bytes.toString('utf8')
    : iconv.decode(bytes, CODE_PAGES[encoding] ?? encoding, { stripBOM: false })
}

/**
 * Characters that no text has, and that bytes of another encoding become: the replacement character, control characters
 * of the second kind, which Windows' code pages have where nothing is defined, and those for private use.
 */
const NOT_TEXT = /[\ufffd\u0080-\u009f\ue000-\uf8ff]/

export function isText(text: string): boolean {
  return !NOT_TEXT.test(text)
}

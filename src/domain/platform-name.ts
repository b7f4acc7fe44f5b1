/** Platforms as apps, spreadsheets and other services name them. */
import { PLATFORMS, type Platform } from './campaign.ts'

const NAMES = new Map<string, Platform>(
  Object.entries({
    android: [
      'android',
      'androidos',
      'androidphone',
      'androidtablet',
      'aos',
      'and',
      'adr',
      'gcm',
      '안드로이드',
      'アンドロイド',
      '安卓',
    ],
    ios: [
      'ios',
      'iphone',
      'ipad',
      'ipod',
      'ipados',
      'iphoneos',
      'appleios',
      'apple',
      'apns',
      '아이폰',
      '아이패드',
      '아이오에스',
      '苹果',
    ],
    web: [
      'web',
      'webpush',
      'browser',
      'chrome',
      'firefox',
      'safari',
      'edge',
      'desktopweb',
      'mobileweb',
      'pwa',
      '웹',
    ],
  } satisfies Record<Platform, string[]>).flatMap(([platform, names]) =>
    names.map((name): [string, Platform] => [name, platform as Platform]),
  ),
)

/** `iOS 17.2`, `ANDROID`, `iPhone` → a platform. Undefined: none that is known. */
export function platformOf(value: unknown): Platform | undefined {
  if (typeof value !== 'string' || value.length > 40) return undefined
  if (isPlatform(value)) return value
  const name = value
    .normalize('NFC')
    .toLowerCase()
    .replace(/[\s_-]*v?\d[\d.]*$/, '')
    .replace(/[^\p{L}]/gu, '')
  return NAMES.get(name)
}

function isPlatform(value: string): value is Platform {
  return (PLATFORMS as readonly string[]).includes(value)
}

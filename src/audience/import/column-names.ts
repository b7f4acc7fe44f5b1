/**
 * Which field a column is, by its name: in any case, with spaces, underscores or hyphens, and under the names that other
 * systems use. What is not known is ignored and named in the report, or mapped by the caller (`?map=theirs:ours`).
 */
import { DEVICE_FIELDS } from '../../domain/rejection.ts'

/**
 * What a column can be. `fid` is an address of that kind, and beside a token the newer one; `optedIn` is the opposite of
 * `optedOut`.
 */
export const COLUMN_FIELDS = [...DEVICE_FIELDS, 'fid', 'optedIn'] as const
export type ColumnField = (typeof COLUMN_FIELDS)[number]

/** Without spaces, underscores, hyphens and dots, in small letters. */
const ALIASES: Record<ColumnField, string> = {
  address:
    'address token registrationtoken registrationid regid fcmtoken fcmregistrationtoken fcmregid fcm firebasetoken firebasefcmtoken devicetoken devicepushtoken pushtoken pushtokenid apptoken mobiletoken gcmtoken gcmid gcmregistrationid notificationtoken pushaddress 토큰 토큰값 기기토큰 기기푸시토큰 디바이스토큰 디바이스푸시토큰 단말토큰 단말기토큰 모바일토큰 앱토큰 앱푸시토큰 푸시토큰 푸시토큰값 푸쉬토큰 알림토큰 등록토큰 fcm토큰 fcm토큰값 fcm등록토큰 fcm푸시토큰 firebase토큰 파이어베이스토큰 トークン デバイストークン プッシュトークン 端末トークン 登録トークン fcmトークン fcm登録トークン gerätetoken registrierungstoken',
  externalId:
    'externalid userid memberid customerid externaluserid extid uid userno memberno customerno memberkey userkey accountid subscriberid loginid 회원id 회원아이디 회원번호 회원코드 회원no 아이디 고객번호 고객id 고객아이디 고객코드 사용자id 사용자아이디 사용자번호 유저id 유저아이디 identity nameduser nameduserid 会員id 会員番号 ユーザーid ユーザid 顧客id 顧客番号 benutzerid nutzerid kundennummer kundenid mitgliedsnummer',
  platform:
    'platform os osname osfamily osplatform deviceplatform deviceos operatingsystem platformname ostype 플랫폼 운영체제 os종류 os구분 os유형 기기os 단말os 단말기os 디바이스os プラットフォーム plattform betriebssystem',
  kind: 'kind addresskind tokenkind tokentype',
  locale: 'locale language lang languagecode devicelocale devicelanguage 언어 로케일 言語 ロケール sprache',
  timezone: 'timezone timezoneid timezonename tz tzname tzid 시간대 타임존 タイムゾーン zeitzone',
  attributes: 'attributes attribute attrs customattributes userattributes properties tags 속성',
  optedOut:
    'optedout optout isoptedout hasoptedout unsubscribed isunsubscribed pushoptout pushoptedout marketingoptout 수신거부 수신거부여부 푸시수신거부 配信停止 オプトアウト abgemeldet',
  optedIn:
    'optedin optin isoptedin pushoptin subscribed issubscribed pushsubscribed consent hasconsent pushconsent pushagree 수신동의 수신동의여부 푸시수신동의 msgpush 配信許可 配信同意 オプトイン einwilligung',
  consentAt:
    'consentat consentdate consenttime consentedat optedoutat optoutat optoutdate optedinat optinat optindate unsubscribedat 수신동의일시 수신동의일 동의일시 동의일 수신거부일시 수신거부일',
  marketingConsent:
    'marketingconsent hasmarketingconsent marketingoptin marketingagree adconsent adagree advertisingconsent 마케팅수신동의 마케팅수신동의여부 마케팅동의 마케팅동의여부 광고수신동의 광고수신동의여부 광고성정보수신동의 광고성정보수신동의여부 広告同意 広告配信同意 werbeeinwilligung',
  marketingConsentAt:
    'marketingconsentat marketingconsentdate marketingconsenttime marketingagreeat marketingagreedate marketingoptinat adconsentat 마케팅수신동의일시 마케팅수신동의일 마케팅동의일시 마케팅동의일 광고수신동의일시 광고수신동의일 광고성정보수신동의일시 광고성정보수신동의일',
  nightConsent:
    'nightconsent hasnightconsent nightoptin nightagree nightpushconsent nightpushagree nightadconsent 야간수신동의 야간수신동의여부 야간동의 야간푸시수신동의 야간푸시동의 야간광고수신동의 야간광고수신동의여부 야간광고동의 夜間同意 夜間配信同意',
  nightConsentAt:
    'nightconsentat nightconsentdate nightconsenttime nightagreeat nightagreedate nightoptinat 야간수신동의일시 야간수신동의일 야간동의일시 야간동의일 야간광고수신동의일시 야간광고수신동의일',
  replaces: 'replaces replacestoken oldtoken oldaddress previoustoken previousaddress',
  installationId: 'installationid deviceid deviceuuid appinstanceid instanceid installid 기기id 디바이스id',
  lastSeenAt:
    'lastseenat lastseen lastactive lastactiveat lastactivity lastsession lastsessionat lastaccess lastaccessat lastlogin lastloginat 최근접속일 최근접속일시',
  fid: 'fid firebaseinstallationid fidtoken',
}

const FIELDS = new Map<string, ColumnField>(
  COLUMN_FIELDS.flatMap((field) =>
    ALIASES[field].split(' ').map((name): [string, ColumnField] => [name, field]),
  ),
)

export function fieldNamed(name: string): ColumnField | undefined {
  if (name.length > 100) return undefined
  return FIELDS.get(plainName(name))
}

export function plainName(name: string): string {
  return name
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\s_.\-\u200b\ufeff]/g, '')
}

/** What a column is. */
export interface ColumnUse {
  /** null: ignored. */
  field: ColumnField | null
  /** The one attribute whose values the column has; its field is `attributes` then, which else is all of them, in JSON. */
  attribute: string | null
}

/** A column of the file: as it is written, and what it is taken for. */
export interface Column extends ColumnUse {
  name: string
}

export const NOT_USED: ColumnUse = { field: null, attribute: null }

export interface ColumnProblem {
  code: 'missing' | 'twice' | 'unknown_mapping'
  names: string[]
}

/** What the caller says that columns are, by plain name. */
export type ColumnMap = ReadonlyMap<string, ColumnUse>

const MAX_NAME_LENGTH = 60

/** As it is in the report. */
export function reportedName(name: string): string {
  return name.length > MAX_NAME_LENGTH
    ? `${name.slice(0, MAX_NAME_LENGTH).toWellFormed()}…`
    : name.toWellFormed()
}

/** What the caller says of the column, by its name or, where that is long, by the beginning that the report has shown. */
export function mappedUse(map: ColumnMap, name: string): ColumnUse | undefined {
  const mapped = map.get(plainName(name))
  return mapped ?? (name.length > MAX_NAME_LENGTH ? map.get(plainName(reportedName(name))) : undefined)
}

/**
 * The columns with these names. Of two columns for one field the one that has its name counts, and the other is ignored;
 * if neither has it, that is a problem.
 */
export function columnsOf(
  names: readonly string[],
  map: ColumnMap,
): { columns: Column[]; problems: ColumnProblem[] } {
  const columns = names.map((name): Column => {
    return { name, ...(mappedUse(map, name) ?? { field: fieldNamed(name) ?? null, attribute: null }) }
  })
  const problems: ColumnProblem[] = []
  const plain = new Set(names.flatMap((name) => [plainName(name), plainName(reportedName(name))]))
  const absent = [...map.keys()].filter((name) => !plain.has(name))
  if (absent.length > 0) problems.push({ code: 'unknown_mapping', names: absent })
  for (const field of COLUMN_FIELDS) {
    const same = columns.filter((column) => column.field === field && column.attribute === null)
    if (same.length < 2) continue
    const chosen = same.filter(
      ({ name }) => mappedUse(map, name) !== undefined || plainName(name) === field.toLowerCase(),
    )
    if (chosen.length === 1) for (const column of same) column.field = column === chosen[0] ? field : null
    else problems.push({ code: 'twice', names: same.map(({ name }) => name) })
  }
  problems.push(...sameAttributes(columns))
  const missing = ['address', 'externalId', 'platform'].filter(
    (field) =>
      !columns.some((column) => column.field === field || (field === 'address' && column.field === 'fid')),
  )
  if (missing.length > 0) problems.push({ code: 'missing', names: missing })
  return { columns, problems }
}

/** Columns for one attribute: which of them would count is for the caller to say. */
export function sameAttributes(columns: readonly Column[]): ColumnProblem[] {
  const byAttribute = Map.groupBy(
    columns.filter(({ attribute }) => attribute !== null),
    ({ attribute }) => attribute,
  )
  return [...byAttribute.values()]
    .filter((same) => same.length > 1)
    .map((same) => ({ code: 'twice', names: same.map(({ name }) => name) }))
}

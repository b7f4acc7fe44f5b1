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
    'address token registrationtoken registrationid regid fcmtoken fcmregistrationtoken fcmregid firebasetoken devicetoken pushtoken gcmtoken gcmid gcmregistrationid notificationtoken pushaddress 토큰 디바이스토큰 푸시토큰 トークン デバイストークン プッシュトークン',
  externalId:
    'externalid userid memberid customerid externaluserid extid uid userno memberno customerno memberkey userkey accountid subscriberid loginid 회원id 회원아이디 회원번호 아이디 고객번호 고객id 사용자id identity nameduser nameduserid 会員id 会員番号 ユーザーid ユーザid 顧客id 顧客番号 benutzerid nutzerid kundennummer kundenid mitgliedsnummer',
  platform:
    'platform os osname osfamily osplatform deviceplatform deviceos operatingsystem platformname ostype 플랫폼 운영체제 プラットフォーム plattform betriebssystem',
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

/** A column of the file: as it is written, and what it is taken for. null: ignored. */
export interface Column {
  name: string
  field: ColumnField | null
}

export interface ColumnProblem {
  code: 'missing' | 'twice' | 'unknown_mapping'
  names: string[]
}

/** Their names, by plain name, and our fields; null: ignored although known. */
export type ColumnMap = ReadonlyMap<string, ColumnField | null>

/**
 * The columns with these names. Of two columns for one field the one that has its name counts, and the other is ignored;
 * if neither has it, that is a problem.
 */
export function columnsOf(
  names: readonly string[],
  map: ColumnMap,
): { columns: Column[]; problems: ColumnProblem[] } {
  const columns = names.map((name): Column => {
    const mapped = map.get(plainName(name))
    return { name, field: mapped === undefined ? (fieldNamed(name) ?? null) : mapped }
  })
  const problems: ColumnProblem[] = []
  const plain = names.map(plainName)
  const absent = [...map.keys()].filter((name) => !plain.includes(name))
  if (absent.length > 0) problems.push({ code: 'unknown_mapping', names: absent })
  for (const field of COLUMN_FIELDS) {
    const same = columns.filter((column) => column.field === field)
    if (same.length < 2) continue
    const chosen = same.filter(
      ({ name }) => map.has(plainName(name)) || plainName(name) === field.toLowerCase(),
    )
    if (chosen.length === 1) for (const column of same) column.field = column === chosen[0] ? field : null
    else problems.push({ code: 'twice', names: same.map(({ name }) => name) })
  }
  const missing = ['address', 'externalId', 'platform'].filter(
    (field) =>
      !columns.some((column) => column.field === field || (field === 'address' && column.field === 'fid')),
  )
  if (missing.length > 0) problems.push({ code: 'missing', names: missing })
  return { columns, problems }
}

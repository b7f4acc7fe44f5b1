/** The import of device lists. */
import type { ColumnField } from '../../../../src/audience/import/column-names.ts'
import type { Encoding } from '../../../../src/audience/import/encoding.ts'
import type { DeviceField, RejectionCode } from '../../../../src/domain/rejection.ts'
import { format } from './format.ts'

/** A line that is not used, or a field that is left out, as the API reports it. */
export interface Reported {
  code: RejectionCode
  field: DeviceField | null
  value: string | null
  reason: string
}

const rowsOf = (n: number) => (n === 1 ? '1 row' : `${format.number(n)} rows`)

/** Of many names, the first ones. */
const NAMES_SHOWN = 10
const listOf = (names: readonly string[]) => {
  const more = names.length - NAMES_SHOWN
  return `${names.slice(0, NAMES_SHOWN).join(', ')}${more > 0 ? ` and ${format.number(more)} more` : ''}`
}
const columnsOf = (n: number) => (n === 1 ? '1 column' : `${format.number(n)} columns`)

const encodings: Record<Encoding, string> = {
  'utf-8': 'UTF-8',
  'utf-16le': 'UTF-16',
  'utf-16be': 'UTF-16 (big endian)',
  'euc-kr': 'Korean (EUC-KR, CP949)',
  shift_jis: 'Japanese (Shift_JIS)',
  'euc-jp': 'Japanese (EUC-JP)',
  gb18030: 'Simplified Chinese (GB18030)',
  big5: 'Traditional Chinese (Big5)',
  'windows-1252': 'Western European (Windows-1252)',
  'windows-1250': 'Central European (Windows-1250)',
  'windows-1251': 'Cyrillic (Windows-1251)',
  'windows-1253': 'Greek (Windows-1253)',
  'windows-1254': 'Turkish (Windows-1254)',
  'windows-1255': 'Hebrew (Windows-1255)',
  'windows-1256': 'Arabic (Windows-1256)',
  'windows-1257': 'Baltic (Windows-1257)',
  'windows-874': 'Thai (Windows-874)',
}

const fields: Record<ColumnField, string> = {
  address: 'Address (FCM token)',
  externalId: 'External ID',
  platform: 'Platform',
  kind: 'Kind of address',
  locale: 'Language',
  timezone: 'Time zone',
  attributes: 'Attributes (JSON)',
  optedOut: 'Opted out (yes/no)',
  optedIn: 'Opted in (yes/no)',
  consentAt: 'Time of consent',
  marketingConsent: 'Consent to advertising (yes/no)',
  marketingConsentAt: 'Time of consent to advertising',
  nightConsent: 'Consent to the night (yes/no)',
  nightConsentAt: 'Time of consent to the night',
  replaces: 'Previous address',
  installationId: 'Installation or device ID',
  lastSeenAt: 'Last seen',
  fid: 'Firebase installation ID',
}

export const importText = {
  title: 'Import devices',
  back: 'Members',
  notAllowedTitle: 'You cannot import devices',
  notAllowed: 'Your role does not include permission to import devices. Ask an admin.',
  drop: 'Drop a list here',
  dropNow: 'Drop the file to check it',
  choose: 'Choose file',
  formats:
    'CSV as Excel or a database saves it, NDJSON or JSON, also compressed (.gz); exports of Amazon Pinpoint, OneSignal and Braze. Required: FCM token, external ID, platform. The file is checked first: nothing is saved before you confirm.',
  sample: {
    download: 'Download a sample file',
    file: 'sample-list.csv',
    columns: {
      externalId: 'External ID',
      address: 'FCM token',
      platform: 'Platform',
      locale: 'Language',
      optedIn: 'Opted in',
    },
    people: ['example-1001', 'example-1002'] as [string, string],
    language: 'en',
    yes: 'yes',
    no: 'no',
  },
  chooseAnother: 'Choose another file',
  fileUnreadable:
    'This file cannot be read. It was saved again, moved or deleted after you chose it, or it is a folder. Choose it again.',
  checking: (name: string) => `Checking ${name}`,
  checkingRest: 'Upload complete. Checking the last rows.',
  checkFailed: 'This file cannot be imported',
  checkUnfinished: 'The file could not be checked',
  foundTitle: (name: string) => `What ${name} contains`,
  foundAs: 'Read as',
  encoding: 'Encoding',
  encodings,
  encodingAuto: 'Detect automatically',
  encodingHint: 'If names look wrong below, choose the encoding the file was saved with.',
  encodingUnclear:
    'Choose the encoding the file was saved with, and check on the next page whether the names are right.',
  formatsFound: { csv: 'CSV', ndjson: 'JSON, one object per row', json: 'JSON array' },
  delimiters: { ',': 'commas', ';': 'semicolons', '\t': 'tabs', '|': 'vertical bars' } as Record<
    string,
    string
  >,
  separatedBy: (delimiter: string) => `CSV separated by ${delimiter}`,
  compressed: 'compressed (gzip)',
  profiles: { pinpoint: 'Amazon Pinpoint export', onesignal: 'OneSignal export', braze: 'Braze export' },
  columnsTitle: 'Columns',
  column: 'Column in the file',
  usedAs: 'Used as',
  usedAsOf: (column: string) => `Use “${column}” as`,
  ignored: 'Not used',
  asAttribute: 'Store as attribute',
  attributeName: 'Attribute name',
  attributeNameOf: (column: string) => `Name of the attribute for “${column}”`,
  attributeProblems: {
    empty: 'Enter a name.',
    twice: 'Another column has this name.',
  },
  attributesReplaced:
    'A row with attributes replaces all saved attributes of its member; an attribute whose cell is empty is then removed. A row without any leaves the saved ones as they are.',
  attributesSaved: (names: readonly string[]) => `Saved as attributes: ${listOf(names)}.`,
  unnamed: '(no name)',
  unused: (names: readonly string[]) =>
    `${columnsOf(names.length)} ${names.length === 1 ? 'is' : 'are'} not used: ${listOf(names)}`,
  unusedHint: 'What is not used is not saved. To keep a column, choose what it is, or “Store as attribute”.',
  unusedDone: (names: readonly string[]) =>
    `${columnsOf(names.length)} ${names.length === 1 ? 'was' : 'were'} not used and not saved: ${listOf(names)}.`,
  fields,
  row: 'Row',
  sampleOf: (row: number) => `Row ${format.number(row)}`,
  checkAgain: 'Check again',
  changedTitle: 'The check has to be repeated',
  changedHint:
    'The columns were changed since the check. Press “Check again” below the columns to see whether anything is missing.',
  changed: 'The columns were changed. Check the file again to see what becomes of it.',
  problems: {
    missing: (names: readonly string[]) =>
      `Required, but no column is used for it: ${names.join(', ')}. Choose it below.`,
    twice: (names: readonly string[]) =>
      `These columns mean the same: ${names.join(', ')}. Choose one of them below; if their names are the same, rename one in the file.`,
    unknown_mapping: (names: readonly string[]) => `The file has no column ${names.join(', ')}.`,
  },
  problemTitle: 'The columns need your attention',
  checkTitle: 'Result of the check',
  checkedAll: (accepted: number, rows: number) =>
    `${accepted === 1 ? '1 device' : `${format.number(accepted)} devices`} in ${rowsOf(rows)} can be imported.`,
  checkedRejected: (n: number, all: number) =>
    `${format.number(n)} of ${format.number(all)} will be rejected.`,
  checkedPart: (part: string, all: string) =>
    `The file is large: only its first ${part} of ${all} were checked. Rows behind are checked when they are imported.`,
  membersKept: (n: number) =>
    `${rowsOf(n)} without a usable device: their members are saved all the same, with their opt-outs.`,
  warningsTitle: 'Please look at this before importing',
  warnings: {
    repeated_external_id: (value: string, n: number) =>
      `The external ID ${value} is on ${rowsOf(n)}. All these devices would belong to one member, and one opt-out would apply to all of them.`,
    repeated_address: (value: string, n: number) =>
      `The address ${value} is on ${rowsOf(n)}. It would belong to the member of the last one.`,
  },
  droppedTitle: 'Values that are left out',
  dropped: (field: string, n: number) => `${field}: ${rowsOf(n)}. The devices are imported without it.`,
  consentTitle: 'Opt-outs',
  consentFound: (out: number, isIn: number) =>
    `Of the rows in this file, ${format.number(out)} say “opted out” and ${format.number(isIn)} say “not opted out”. Opt-outs in the file are always saved.`,
  consentNone: 'This file says nothing about opt-outs. Those that are saved stay.',
  lift: 'Let “not opted out” in this file lift saved opt-outs',
  liftHint:
    'Only if this file is newer than what people told you in the app. Normally a saved opt-out stays, whatever a list says.',
  liftTitle: 'Lift opt-outs?',
  liftSure: (n: number) =>
    `${rowsOf(n)} of this file say “not opted out”. Members among them who have opted out will receive campaigns again. This cannot be undone for all of them at once.`,
  liftConfirm: 'Import and lift opt-outs',
  liftBack: 'Go back',
  revive: 'Reactivate addresses that FCM reported as expired',
  reviveHint: 'Use only after a credentials problem. Otherwise these addresses fail again.',
  start: (n: number) => (n === 1 ? 'Import 1 device' : `Import ${format.number(n)} devices`),
  startPart: 'Import',
  nothing: 'No row of this file can be imported.',
  uploading: (name: string) => `Importing ${name}`,
  sent: (part: string, all: string) => `${part} of ${all} uploaded`,
  finishing: 'Upload complete. Saving the last rows.',
  cancel: 'Cancel',
  cancelTitle: 'Import canceled',
  canceled: (part: string, all: string) =>
    `The import was canceled after ${part} of ${all}. Rows processed until then are saved, the others are not. To finish, import the same file again: saved rows are only refreshed.`,
  leaveTitle: 'Stop the import?',
  leave:
    'If you leave this page, the import stops. Rows processed until then stay saved, the others are not.',
  leaveStay: 'Stay here',
  leaveConfirm: 'Stop and leave',
  lostTitle: 'Connection lost',
  lost: 'Rows processed until then are saved, the others are not. Import the same file again: saved rows are only refreshed.',
  failedTitle: 'The import stopped',
  verdicts: { complete: 'Import complete', partial: 'Imported in part', failed: 'Import failed' },
  doneAll: (n: number) => (n === 1 ? '1 row imported.' : `All ${format.number(n)} rows imported.`),
  doneSome: (accepted: number, rows: number) =>
    `${format.number(accepted)} of ${format.number(rows)} rows imported.`,
  doneNothing: 'The file has no rows.',
  counts: {
    created: 'New devices',
    updated: 'Updated',
    moved: 'Changed member',
    replaced: 'New address',
    repeated: 'Duplicates',
    rejected: 'Rejected',
    membersKept: 'Members without device',
    optOutsKept: 'Opt-outs kept',
  },
  optOutsKept: (n: number) =>
    `${rowsOf(n)} said “not opted out” of a member who has opted out. Their opt-outs were kept.`,
  duration: (duration: string) => `Took ${duration}.`,
  rejectedTitle: 'Rejected rows',
  rejectedTruncated: (shown: number, all: number) =>
    `Showing the first ${format.number(shown)} of ${format.number(all)} rejected rows. Fix these and import the file again to see the others.`,
  showAll: 'Show all',
  showMore: 'Show more',
  columnsHidden: (n: number) => `${format.number(n)} more columns that are not used are not shown.`,
  rejectedShown: (shown: number, all: number) =>
    `Showing ${format.number(shown)} of ${format.number(all)}. The download contains all of them.`,
  reason: 'Reason',
  /** English shows the server's own sentence. */
  rejection: ({ reason }: Reported): string => `${reason.slice(0, 1).toUpperCase()}${reason.slice(1)}`,
  kinds: {
    invalid_address: 'Address is missing or malformed',
    expo_token: 'Expo token instead of an FCM token',
    apns_token: 'Apple (APNs) token instead of an FCM token',
    push_url: 'Web push subscription instead of an FCM token',
    uuid_address: 'UUID instead of an FCM token',
    encoded_address: 'Address is percent-encoded',
    quoted_address: 'Address is in quotes',
    invalid_external_id: 'External ID is missing or malformed',
    empty_word: 'A word for “empty” (NULL) as ID or address',
    ruined_number: 'Number rounded by a spreadsheet',
    invalid_platform: 'Unknown platform',
    invalid_kind: 'Unknown kind of address',
    invalid_locale: 'Not a language',
    invalid_timezone: 'Not a time zone',
    invalid_attributes: 'Attributes are not a JSON object',
    invalid_opted_out: 'Opt-out is neither yes nor no',
    invalid_consent_at: 'Not a time',
    invalid_consent: 'Neither yes nor no (consent)',
    invalid_replaces: 'Previous address is malformed',
    invalid_installation_id: 'Installation ID is malformed',
    invalid_last_seen_at: 'Not a time',
    inactive_device: 'Marked as inactive in the export',
    other_channel: 'Not a push device (e-mail, SMS, other services)',
    no_address: 'No push token',
    invalid_json: 'Not a JSON object',
    invalid_csv: 'Wrong number of fields, or quotes do not match',
    line_too_long: 'Row is too long',
  } as Record<RejectionCode, string>,
  download: 'Download rejected rows',
  importAgain: 'Import again',
  importAnother: 'Import another file',
  toMembers: 'Go to members',
}

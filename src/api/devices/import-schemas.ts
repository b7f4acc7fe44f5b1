/** Query and answer of the import. */
import Type from 'typebox'
import { COLUMN_FIELDS } from '../../audience/import/column-names.ts'
import { DELIMITERS } from '../../audience/import/dialect.ts'
import { ENCODINGS } from '../../audience/import/encoding.ts'
import { PROFILE_NAMES } from '../../audience/import/profiles/find-profile.ts'
import { DEVICE_FIELDS, REJECTION_CODES } from '../../domain/rejection.ts'
import { Exact, Nullable, OneOf } from '../http/common-schemas.ts'

export const ImportQuery = Exact({
  dryRun: Type.Optional(
    Type.Boolean({ description: 'Read and check the whole file and report, and store nothing' }),
  ),
  map: Type.Optional(
    Type.String({
      maxLength: 4_000,
      description:
        'What columns of the file are: "theirs:ours,…", as in "kunde:externalId,handy:platform,tier:attributes.grade,notes:-". "attributes.NAME" makes a column one attribute of the member, any number of them beside a column with all as JSON, over which they take precedence; "-" ignores one. A comma, a colon and a backslash within a name are written "\\,", "\\:" and "\\\\"',
    }),
  ),
  optOuts: Type.Optional(
    OneOf(['keep', 'replace'], {
      default: 'keep',
      description:
        'keep: an opt-out that is stored stays, whatever the file says, unless both have a time. replace: optedOut=false in the file lifts it',
    }),
  ),
  revive: Type.Optional(Type.Boolean({ description: 'Reactivate addresses that FCM reported as expired' })),
})

const Line = Type.Object({
  line: Type.Integer({
    description: 'From 1, the header included; in a JSON array, the number of the element',
  }),
  code: OneOf(REJECTION_CODES),
  field: Nullable(OneOf(DEVICE_FIELDS)),
  value: Nullable(Type.String({ description: 'What was found, shortened' })),
  reason: Type.String(),
})

const Found = Type.Object(
  {
    isCompressed: Type.Boolean({ description: 'With gzip' }),
    encoding: OneOf(ENCODINGS, { description: 'euc-kr is read as CP949, shift_jis as CP932' }),
    encodingBy: OneOf(['mark', 'stated', 'content'], {
      description: 'By a byte order mark, as stated in Content-Type, or by the content',
    }),
    format: OneOf(['csv', 'ndjson', 'json'], { description: 'json: an array of objects' }),
    delimiter: Nullable(OneOf(DELIMITERS)),
    profile: Nullable(OneOf(PROFILE_NAMES, { description: 'Whose export it is' })),
    columns: Type.Array(
      Type.Object({
        name: Type.String(),
        field: Nullable(OneOf(COLUMN_FIELDS)),
        attribute: Nullable(
          Type.String({
            description: 'Which one attribute it is, where its field is attributes and not all of them',
          }),
        ),
      }),
      { description: 'What each column is taken for; field null: ignored. The first 200' },
    ),
    ignored: Type.Array(Type.String(), { description: 'Columns that are not used' }),
    sample: Type.Array(Type.Object({ number: Type.Integer(), cells: Type.Array(Type.String()) }), {
      description: 'Three lines, in the order of the columns: with letters beyond ASCII, if there are any',
    }),
  },
  { description: 'What the file was found to be, by its first megabyte' },
)

export const ImportReply = Type.Object({
  dryRun: Type.Boolean({ description: 'true: nothing was stored' }),
  found: Found,
  problems: Type.Array(
    Type.Object({ code: OneOf(['missing', 'twice', 'unknown_mapping']), names: Type.Array(Type.String()) }),
    {
      description:
        'Of a dry run: why the columns do not do. Without dryRun this is the error invalid_csv_header',
    },
  ),
  lines: Type.Integer({ description: 'Lines that held something, without the header' }),
  accepted: Type.Integer({
    description:
      'created + updated + moved + replaced + retired + repeated; in a dry run, what would be stored',
  }),
  created: Type.Integer({ description: '0 in a dry run, as the five that follow: only storing tells' }),
  updated: Type.Integer({ description: 'Known before' }),
  moved: Type.Integer({ description: 'Known before under another member' }),
  replaced: Type.Integer({ description: 'Devices that have got a new address' }),
  retired: Type.Integer({ description: 'Replaced by another address before, and left so' }),
  repeated: Type.Integer({ description: 'The address came again close behind; the later line counts' }),
  rejected: Type.Integer(),
  membersKept: Type.Integer({
    description:
      'Rejected devices whose member was stored: of another system’s export, or because they opted out',
  }),
  optOutsKept: Type.Integer({
    description: 'Rows that say "not opted out" of a member whose opt-out was kept. 0 in a dry run',
  }),
  optedOut: Type.Integer({ description: 'Accepted rows that say the member has opted out' }),
  optedIn: Type.Integer({ description: 'Accepted rows that say the member has not' }),
  rejectedCounts: Type.Array(Type.Object({ code: OneOf(REJECTION_CODES), lines: Type.Integer() })),
  rejectedLines: Type.Array(Line, { description: 'The first 1,000, of at most 256 KiB' }),
  rejectedTruncated: Type.Boolean(),
  droppedCounts: Type.Array(Type.Object({ field: OneOf(DEVICE_FIELDS), lines: Type.Integer() }), {
    description: 'Optional fields that could not be used; the devices were, without them',
  }),
  droppedLines: Type.Array(Line, { description: 'The first 100' }),
  warnings: Type.Array(
    Type.Object({
      code: OneOf(['repeated_external_id', 'repeated_address']),
      value: Type.String(),
      lines: Type.Integer({ description: 'At least' }),
      reason: Type.String(),
    }),
    { description: 'Of a dry run: of the whole file. Else: of its first megabyte' },
  ),
})

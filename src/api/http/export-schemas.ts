/** What the queries of exports have in common. */
import Type from 'typebox'
import { OneOf } from './common-schemas.ts'
import { ESCAPES } from './csv-line.ts'

export const AddressesQuery = {
  addresses: Type.Optional(
    OneOf(['masked', 'full'], {
      description:
        'full: complete addresses, for which the caller needs `addresses:read`. Default: masked, the last 8 characters after "…"',
    }),
  ),
}

export const CsvQuery = {
  escape: Type.Optional(
    OneOf(ESCAPES, {
      description:
        "spreadsheet: a quote (') in front of what a spreadsheet would run, or change when it saves the file; the import takes it off again. none: as stored, except that a text which has such a quote already gets another, for the same reason. Default: spreadsheet for a session (browser), none for an API key",
    }),
  ),
  bom: Type.Optional(
    Type.Boolean({
      description:
        'Begin with a byte order mark, by which Excel knows UTF-8. Default: true for a session, false for an API key',
    }),
  ),
}

/** Two versions of a campaign side by side: only the fields in which they differ. */
import { Code, Table, Text } from '@mantine/core'
import { draftTexts } from '../../text/draft-texts.ts'
import { useTextOf } from '../../text/language.tsx'
import { useAudienceWords } from './audience-words.ts'
import classes from './difference-table.module.css'
import { type Compared, dataOf, differingFields } from './differences.ts'
import { type DraftForm, nameOf } from './draft-form.ts'
import { momentOf } from './local-time.ts'

interface Props {
  theirs: DraftForm
  mine: DraftForm
  /** Of the column of theirs: whose it is. */
  theirsTitle: string
}

export function DifferenceTable({ theirs, mine, theirsTitle }: Props) {
  const { draftConflict: text } = useTextOf(draftTexts)
  const linesOf = useLines()
  const fields = differingFields(theirs, mine)
  if (fields.length === 0) return <Text size="sm">{text.sameContent}</Text>
  return (
    <Table withTableBorder withColumnBorders className={classes.table}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th scope="col">{text.field}</Table.Th>
          <Table.Th scope="col">{theirsTitle}</Table.Th>
          <Table.Th scope="col">{text.mine}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {fields.map((field) => (
          <Table.Tr key={field}>
            <Table.Th scope="row" fw={500}>
              {text.fields[field]}
            </Table.Th>
            <Table.Td data-label={theirsTitle}>
              <Value field={field} lines={linesOf(field, theirs)} />
            </Table.Td>
            <Table.Td data-label={text.mine}>
              <Value field={field} lines={linesOf(field, mine)} />
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  )
}

const AS_CODE: readonly Compared[] = ['data', 'android', 'apns', 'webpush']

function Value({ field, lines }: { field: Compared; lines: readonly string[] }) {
  const { draftConflict: text } = useTextOf(draftTexts)
  const words = lines.filter((line) => line.trim() !== '').join('\n')
  if (words === '') {
    return (
      <Text span size="sm" c="dimmed">
        {text.empty}
      </Text>
    )
  }
  if (AS_CODE.includes(field)) {
    return (
      <Code block className={classes.code}>
        {words}
      </Code>
    )
  }
  return (
    <Text span size="sm" dir="auto" className={classes.words}>
      {words}
    </Text>
  )
}

function useLines(): (field: Compared, form: DraftForm) => string[] {
  const { draft: text, draftConflict, sendRules, caps, format } = useTextOf(draftTexts)
  const audienceWords = useAudienceWords()
  return (field, form) => {
    const { message, schedule, rules } = form
    switch (field) {
      case 'name':
        return [nameOf(form)]
      case 'campaignKind':
        return rules.kind === '' ? [] : [sendRules.kind[rules.kind]]
      case 'advertiser':
        return rules.kind === 'advertising' ? [rules.advertiserName, rules.optOutHint] : []
      case 'night':
        return rules.kind === 'advertising' ? [sendRules.night[rules.night]] : []
      case 'sendWindow':
        return [
          rules.hasWindow
            ? sendRules.windowOf(rules.windowFrom, rules.windowUntil, rules.outside)
            : sendRules.windowNone,
        ]
      case 'notAfter': {
        const end = momentOf(rules.notAfterDate, rules.notAfterTime, schedule.zone)
        return end === null ? [] : [format.inZone(end.at, schedule.zone)]
      }
      case 'defaultZone':
        return [rules.defaultZone || sendRules.defaultZoneOfServer]
      case 'kind':
        return [text.kinds[message.kind]]
      case 'data':
        return Object.entries(dataOf(message)).map(([key, value]) => `${key}: ${value}`)
      case 'placeholders':
        return [message.isLiteral ? text.placeholdersMeant : draftConflict.placeholdersRefused]
      case 'audience':
        return audienceWords(form.audience)
      case 'schedule': {
        if (schedule.when === 'now') return [text.now]
        const moment = momentOf(schedule.date, schedule.time, schedule.zone)
        return [moment === null ? text.timeMissing : format.inZone(moment.at, schedule.zone)]
      }
      case 'latestStart':
        return [format.duration(form.latestStartMinutes * 60)]
      case 'rate':
        return [form.ratePerMinute.trim() === '' ? text.speedFull : text.ratePerMinute(form.ratePerMinute)]
      case 'priority':
        return [text.priorityName(form.priority)]
      case 'guarantee':
        return [text.guarantee[form.guarantee]]
      case 'caps':
        return caps.switches(rules)
      case 'oncePerMember':
        return [rules.oncePerMember ? caps.oneDevice : caps.everyDevice]
      default:
        return message.kind === 'silent' && ['title', 'body', 'imageUrl'].includes(field)
          ? []
          : [message[field]]
    }
  }
}

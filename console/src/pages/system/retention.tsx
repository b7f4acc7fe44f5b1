/** What is kept how long. */
import { Code, Text } from '@mantine/core'
import type { SystemReply } from '../../../../src/api/system/system-schemas.ts'
import { Panel } from '../../components/panel.tsx'
import { useTextOf } from '../../text/language.tsx'
import { systemTexts } from '../../text/system-texts.ts'
import classes from './system.module.css'

export function Retention({ system: { retention } }: { system: SystemReply }) {
  const { system: text } = useTextOf(systemTexts)
  return (
    <Panel title={text.retention}>
      <dl className={classes.kept}>
        {retention.map(({ what, amount, unit, variable }) => (
          <div key={what}>
            <dt>{text.kept[what]}</dt>
            <dd>
              {amount === null ? text.forEver : text.units[unit](amount)}
              {variable !== null && (
                <Text span size="xs" c="dimmed">
                  {' '}
                  <Code>{variable}</Code>
                </Text>
              )}
            </dd>
          </div>
        ))}
      </dl>
    </Panel>
  )
}

/** What went out on a day. Parts without a device are left out, except sent and failed. */
import type { Overview } from '../../api/overview.ts'
import { Panel } from '../../components/panel.tsx'
import { useText } from '../../text/language.tsx'
import classes from './overview.module.css'

export function DayFigures({ title, figures }: { title: string; figures: Overview['yesterday'] }) {
  const { overview, states, format } = useText()
  const { campaigns, sent, failed, skipped, inDoubt, canceled } = figures
  const shown = [
    { name: overview.campaigns, n: campaigns, isBad: false },
    { name: states.delivery.sent, n: sent, isBad: false },
    { name: states.delivery.failed, n: failed, isBad: failed > 0 },
    ...[
      { name: states.delivery.skipped, n: skipped, isBad: false },
      { name: states.delivery.in_doubt, n: inDoubt, isBad: false },
      { name: states.delivery.canceled, n: canceled, isBad: false },
    ].filter(({ n }) => n > 0),
  ]
  return (
    <Panel title={title}>
      <dl className={`${classes.figures} figure`}>
        {shown.map(({ name, n, isBad }) => (
          <div key={name} data-bad={isBad || undefined}>
            <dt>{name}</dt>
            <dd>{format.number(n)}</dd>
          </div>
        ))}
      </dl>
    </Panel>
  )
}

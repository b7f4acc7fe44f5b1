/** The states as tabs, each with how many campaigns there are in it. */
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { CAMPAIGN_STATES } from '../../../../src/domain/campaign.ts'
import { campaignCountsQuery } from '../../api/campaign-list.ts'
import { useText } from '../../text/language.tsx'
import { filterOf, type ListSearch, withChange } from './list-search.ts'
import classes from './state-tabs.module.css'

export function StateTabs({ search }: { search: ListSearch }) {
  const { campaigns: text, states, format } = useText()
  const counts = useQuery(campaignCountsQuery(filterOf(search))).data
  const tabs = [undefined, ...CAMPAIGN_STATES] as const
  return (
    <nav aria-label={text.state} className={classes.tabs}>
      {tabs.map((state) => {
        const count = counts?.[state ?? 'all']
        const isHere = search.state === state
        return (
          <Link
            key={state ?? 'all'}
            to="/campaigns"
            search={withChange(search, { state: state ?? '' })}
            replace
            className={classes.tab}
            data-here={isHere || undefined}
            aria-current={isHere ? 'true' : undefined}
          >
            {state === undefined ? text.all : states.campaign[state]}
            {count !== undefined && <span className={`${classes.count} figure`}>{format.number(count)}</span>}
          </Link>
        )
      })}
    </nav>
  )
}

/** Messages per second over time, and those that were not sent. */
import { Text, Title } from '@mantine/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { type Campaign, isMoving, timelineQuery } from '../../api/campaigns.ts'
import { Answer } from '../../components/answer.tsx'
import { useText } from '../../text/language.tsx'
import classes from './plot.module.css'
import { Plot } from './plot.tsx'
import { type PlotSeries, plotSeries } from './plot-series.ts'

const EVERY_MS = 5_000

export function TimelinePlots({ campaign }: { campaign: Campaign }) {
  const { campaign: text } = useText()
  const moves = isMoving(campaign) && campaign.state !== 'paused'
  const query = useQuery({
    ...timelineQuery(campaign.id, moves),
    placeholderData: keepPreviousData,
    refetchInterval: moves ? EVERY_MS : false,
  })
  const series = useMemo(() => query.data && plotSeries(query.data, moves), [query.data, moves])
  return (
    <Answer query={{ ...query, data: series }}>
      {(data) =>
        data.times.length === 0 ? (
          <Text size="sm" c="dimmed">
            {campaign.closedAt === null ? text.plotsEmpty : text.nothingSent}
          </Text>
        ) : (
          <Plots series={data} />
        )
      }
    </Answer>
  )
}

function Plots({ series }: { series: PlotSeries }) {
  const { campaign: text, states, format } = useText()
  const { times, rate, failed, skipped, inDoubt, totals, highest, mean } = series
  const isAllSent = totals.failed + totals.skipped + totals.inDoubt === 0
  return (
    <div className={classes.two}>
      <Plot
        title={text.ratePlot}
        summary={
          highest === null
            ? text.plotsEmpty
            : text.ratePlotSummary(format.rate(highest.rate), format.clock(highest.at), format.rate(mean))
        }
        times={times}
        lines={[{ name: text.ratePlot, values: rate, color: '--sent' }]}
      />
      {isAllSent ? (
        <div>
          <Title order={3} size="h6">
            {text.notSentPlot}
          </Title>
          <Text size="sm" c="dimmed">
            {text.allSentSoFar}
          </Text>
        </div>
      ) : (
        <Plot
          title={text.notSentPlot}
          summary={text.notSentSummary(
            format.number(totals.failed),
            format.number(totals.skipped),
            format.number(totals.inDoubt),
          )}
          times={times}
          lines={[
            { name: states.delivery.failed, values: failed, color: '--failed' },
            { name: states.delivery.skipped, values: skipped, color: '--skipped' },
            { name: states.delivery.in_doubt, values: inDoubt, color: '--in-doubt' },
          ]}
        />
      )}
    </div>
  )
}

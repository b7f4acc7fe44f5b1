/** The timeline of a campaign: messages per second, and devices that did not get the message. */
import { Text, Title } from '@mantine/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { NOT_SENT_STATES } from '../../../../src/domain/delivery-result.ts'
import { type Campaign, isMoving, timelineQuery } from '../../api/campaigns.ts'
import { Answer } from '../../components/answer.tsx'
import { PART_COLOR } from '../../progress-figures.ts'
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
  const { times, rate, notSent, totals, highest, mean } = series
  const isAllSent = NOT_SENT_STATES.every((state) => totals[state] === 0)
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
          summary={NOT_SENT_STATES.map(
            (state) => `${states.delivery[state]}: ${format.number(totals[state])}`,
          ).join(', ')}
          times={times}
          lines={NOT_SENT_STATES.map((state) => ({
            name: states.delivery[state],
            values: notSent[state],
            color: PART_COLOR[state],
          }))}
        />
      )}
    </div>
  )
}

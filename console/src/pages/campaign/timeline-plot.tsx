/** The way of a campaign over time: what was sent and what failed in each second, its rate limit, and what was done to it. */
import { Text } from '@mantine/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { type Campaign, isMoving, type Timeline, timelineQuery } from '../../api/campaigns.ts'
import { messagesQuery } from '../../api/messages.ts'
import { Answer } from '../../components/answer.tsx'
import { Panel } from '../../components/panel.tsx'
import { PART_COLOR } from '../../progress-figures.ts'
import { campaignTexts } from '../../text/campaign-texts.ts'
import { useTextOf } from '../../text/language.tsx'
import { Plot } from './plot.tsx'
import { markersOf, PLOTTED, type PlotSeries, plotSeries, rangeOf } from './plot-series.ts'
import { PlotTable } from './plot-table.tsx'

const EVERY_MS = 5_000
/** A limit that is this many times as high as the peak would press the plot to its floor: it is said, not drawn. */
const LIMIT_SHOWN_BELOW = 4

export function TimelinePlot({ campaign }: { campaign: Campaign }) {
  const { campaign: text, format } = useTextOf(campaignTexts)
  const moves = isMoving(campaign) && campaign.state !== 'paused'
  const query = useQuery({
    ...timelineQuery(campaign.id, moves),
    placeholderData: keepPreviousData,
    refetchInterval: moves ? EVERY_MS : false,
  })
  const series = useMemo(() => query.data && plotSeries(query.data, moves), [query.data, moves])
  return (
    <Panel
      title={text.plots}
      actions={
        <Text size="xs" c="dimmed">
          {text.plotTimesIn(format.zoneName())}
        </Text>
      }
    >
      <Answer query={{ ...query, data: series }}>
        {(data) =>
          data.highest === null ? (
            <Text size="sm" c="dimmed">
              {campaign.closedAt === null ? text.plotsEmpty : text.nothingAttempted}
            </Text>
          ) : (
            <Drawn campaign={campaign} series={data} highest={data.highest} interruptions={query.data} />
          )
        }
      </Answer>
    </Panel>
  )
}

const NONE = { pauses: [], pushedBack: [] }

interface DrawnProps {
  campaign: Campaign
  series: PlotSeries
  highest: NonNullable<PlotSeries['highest']>
  interruptions: Pick<Timeline, 'pauses' | 'pushedBack'> | undefined
}

function Drawn({ campaign, series, highest, interruptions = NONE }: DrawnProps) {
  const { campaign: text, states, format } = useTextOf(campaignTexts)
  const { id, messageVersion, ratePerMinute, startedAt, pausedAt, pauseReason, closedAt } = campaign
  const { times, by, totals, mean } = series
  const versions = useQuery({ ...messagesQuery(id, messageVersion), enabled: messageVersion > 1 })

  const layers = useMemo(
    () =>
      PLOTTED.filter((state) => totals[state] > 0).map((state) => ({
        name: states.delivery[state],
        values: by[state],
        color: PART_COLOR[state],
      })),
    [by, totals, states],
  )
  const { markers, range } = useMemo(() => {
    const corrections = (versions.data?.data ?? []).slice(1).map(({ createdAt }) => createdAt)
    const found = markersOf({ startedAt, pausedAt, pauseReason, closedAt }, corrections, interruptions)
    return {
      markers: found.map(({ kind, at }) => ({ name: text.markers[kind], at })),
      range: rangeOf(times, found),
    }
  }, [startedAt, pausedAt, pauseReason, closedAt, versions.data, interruptions, times, text])

  const limit = ratePerMinute === null ? null : ratePerMinute / 60
  const isLimitDrawn = limit !== null && limit < highest.rate * LIMIT_SHOWN_BELOW
  const summary = text.plotSummary(format.rate(highest.rate), format.clock(highest.at), format.rate(mean))
  return (
    <div>
      <Plot
        title={text.plotTitle}
        summary={
          limit === null || isLimitDrawn ? summary : `${summary} ${text.plotLimitAbove(format.rate(limit))}`
        }
        times={times}
        layers={layers}
        range={range}
        limit={isLimitDrawn ? limit : null}
        markers={markers}
        total={text.plotTotal}
      />
      <PlotTable title={text.plotTitle} times={times} layers={layers} />
    </div>
  )
}

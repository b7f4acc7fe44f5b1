/** All campaigns, newest first. */
import { Box } from '@mantine/core'
import { Page } from '../components/page.tsx'
import { useText } from '../text/language.tsx'

export function Campaigns() {
  const { campaigns } = useText()
  return (
    <Page title={campaigns.title}>
      <Box />
    </Page>
  )
}

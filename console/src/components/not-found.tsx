import { Button } from '@mantine/core'
import { IconMapQuestion } from '@tabler/icons-react'
import { useText } from '../text/language.tsx'
import { Empty } from './empty.tsx'
import { LinkTo } from './link-to.tsx'
import { Page } from './page.tsx'

export function NotFound() {
  const { shell } = useText()
  return (
    <Page title={shell.notFoundTitle}>
      <Empty
        icon={<IconMapQuestion size={40} aria-hidden />}
        title={shell.notFoundTitle}
        action={
          <Button component={LinkTo} to="/campaigns" variant="default">
            {shell.toCampaigns}
          </Button>
        }
      >
        {shell.notFound}
      </Empty>
    </Page>
  )
}

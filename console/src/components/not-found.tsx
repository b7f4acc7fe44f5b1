import { IconMapQuestion } from '@tabler/icons-react'
import { useText } from '../text/language.tsx'
import { Empty } from './empty.tsx'
import { ButtonLink } from './links.tsx'
import { Page } from './page.tsx'

export function NotFound() {
  const { shell } = useText()
  return (
    <Page title={shell.notFoundTitle}>
      <Nothing />
    </Page>
  )
}

/** For a page whose address is valid but whose item does not exist. */
export function Nothing() {
  const { shell } = useText()
  return (
    <Empty
      icon={<IconMapQuestion size={40} aria-hidden />}
      title={shell.notFoundTitle}
      action={
        <ButtonLink to="/campaigns" variant="default" mt="sm">
          {shell.toCampaigns}
        </ButtonLink>
      }
    >
      {shell.notFound}
    </Empty>
  )
}

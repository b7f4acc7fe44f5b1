/**
 * The menus at the end of the header. They are a tenth of the first load and are loaded after the page: a button that is
 * pressed before its menu is there opens it as soon as it is.
 */
import { type ComponentType, lazy, Suspense, useState } from 'react'
import { AccountButton, AppearanceButton, BellButton, type ButtonProps } from './header-buttons.tsx'

const AccountMenu = lazy(async () => ({ default: (await import('./account-menu.tsx')).AccountMenu }))
const AppearanceMenu = lazy(async () => ({ default: (await import('./appearance-menu.tsx')).AppearanceMenu }))
const NoticesBell = lazy(async () => ({ default: (await import('./notices-bell.tsx')).NoticesBell }))

export function Notices() {
  return <WithMenu button={BellButton} menu={NoticesBell} />
}

export function Appearance() {
  return <WithMenu button={AppearanceButton} menu={AppearanceMenu} />
}

export function Account() {
  return <WithMenu button={AccountButton} menu={AccountMenu} />
}

/** `isWanted`: its button was pressed before it was there. */
function WithMenu({
  button: Button,
  menu: Menu,
}: {
  button: ComponentType<ButtonProps>
  menu: ComponentType<{ isWanted: boolean }>
}) {
  const [isWanted, setWanted] = useState(false)
  return (
    <Suspense fallback={<Button onClick={() => setWanted(true)} />}>
      <Menu isWanted={isWanted} />
    </Suspense>
  )
}

/** Language and theme. Both default to the browser's settings. */
import { Menu, useMantineColorScheme } from '@mantine/core'
import { LANGUAGES, type Language, useLanguage } from '../text/language.tsx'
import { AppearanceButton } from './header-buttons.tsx'

export function AppearanceMenu({ isWanted }: { isWanted: boolean }) {
  const { language, choose, text } = useLanguage()
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  return (
    <Menu defaultOpened={isWanted} position="bottom-end" width={220}>
      <Menu.Target>
        <AppearanceButton />
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{text.shell.language}</Menu.Label>
        <Menu.RadioGroup value={language} onChange={(value) => choose(value as Language)}>
          {Object.entries(LANGUAGES).map(([value, { name }]) => (
            <Menu.RadioItem key={value} value={value} lang={value}>
              {name}
            </Menu.RadioItem>
          ))}
        </Menu.RadioGroup>
        <Menu.Divider />
        <Menu.Label>{text.shell.theme}</Menu.Label>
        <Menu.RadioGroup
          value={colorScheme}
          onChange={(value) => setColorScheme(value as typeof colorScheme)}
        >
          <Menu.RadioItem value="auto">{text.shell.themeSystem}</Menu.RadioItem>
          <Menu.RadioItem value="light">{text.shell.themeLight}</Menu.RadioItem>
          <Menu.RadioItem value="dark">{text.shell.themeDark}</Menu.RadioItem>
        </Menu.RadioGroup>
      </Menu.Dropdown>
    </Menu>
  )
}

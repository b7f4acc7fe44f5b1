/** Language and colors. Both start as the browser has them, and stay as they were chosen. */
import { ActionIcon, Menu, useMantineColorScheme } from '@mantine/core'
import { IconCheck, IconLanguage } from '@tabler/icons-react'
import { LANGUAGES, type Language, useLanguage } from '../text/language.tsx'

export function AppearanceMenu() {
  const { language, choose, text } = useLanguage()
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  const colors = { auto: text.shell.colorsAuto, light: text.shell.colorsLight, dark: text.shell.colorsDark }
  const check = (isChosen: boolean) => (isChosen ? <IconCheck size={16} aria-hidden /> : <span />)
  return (
    <Menu position="bottom-end" width={220} closeOnItemClick={false}>
      <Menu.Target>
        <ActionIcon
          variant="subtle"
          color="gray"
          size="lg"
          aria-label={`${text.shell.language}, ${text.shell.colors}`}
        >
          <IconLanguage size={20} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{text.shell.language}</Menu.Label>
        {(Object.keys(LANGUAGES) as Language[]).map((each) => (
          <Menu.Item
            key={each}
            role="menuitemradio"
            aria-checked={each === language}
            lang={each}
            rightSection={check(each === language)}
            onClick={() => choose(each)}
          >
            {LANGUAGES[each].name}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Label>{text.shell.colors}</Menu.Label>
        {(['auto', 'light', 'dark'] as const).map((each) => (
          <Menu.Item
            key={each}
            role="menuitemradio"
            aria-checked={each === colorScheme}
            rightSection={check(each === colorScheme)}
            onClick={() => setColorScheme(each)}
          >
            {colors[each]}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}

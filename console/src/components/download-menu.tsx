/** A button with files to download. */
import { Button, Menu } from '@mantine/core'
import { IconChevronDown } from '@tabler/icons-react'
import classes from './download-menu.module.css'

interface Props {
  label: string
  files: { label: string; hint?: string; href: string }[]
  size?: string
}

export function DownloadMenu({ label, files, size }: Props) {
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button
          variant="default"
          rightSection={<IconChevronDown size={16} aria-hidden />}
          {...(size !== undefined && { size })}
        >
          {label}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {files.map(({ label: name, hint, href }) => (
          <Menu.Item key={href} component="a" href={href} download>
            {name}
            {hint !== undefined && <span className={classes.hint}>{hint}</span>}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}
